import signal

from hypothesis import HealthCheck, settings

# A machine that is busy with other tests is no failure.
settings.register_profile("unhurried", settings.default, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")

# A shell that runs the tests in the background has them ignore SIGINT, and the programs that they interrupt too.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
