from hypothesis import HealthCheck, settings

# A machine that is busy with other tests is no failure.
settings.register_profile("unhurried", settings.default, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")
