"""When the browser's microphone is off in JupyterLab, and what the widget says where it cannot be on."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from local.harness import wait_for
from playwright.sync_api import BrowserContext, Page
from support.expect import expect

from browser.conftest import no_errors
from browser.lab import (
    CHROMIUM,
    FLAGS,
    LIMIT_MS,
    Lab,
    close_notebooks,
    output,
    restart_kernel,
    run_cell,
    save,
    use_theme,
    write_notebook,
)
from browser.microphone import BY_COMM, MAKE, NOTES, WITHOUT_PROXY, dark, light, tracks
from browser.person import can_be_read, start

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

TELL = "print(t.session.status, t.session.error)"
OVER = re.compile("ended|stopped by an error")
"""A page that is left may have no time to say so; then the kernel misses it within seconds."""
ELSEWHERE = "notebook.test"


def clear_output(page: Page, index: int) -> None:
    page.evaluate(
        "index => { const panel = [...jupyterapp.shell.widgets('main')].find(w => w.sessionContext); "
        "panel.content.widgets[index].outputArea.model.clear() }",
        index,
    )


def listen(page: Page) -> None:
    """Run the first cell and press Start."""
    run_cell(page, 0)
    start(page)
    light(page)
    assert tracks(page) == 1


@pytest.fixture(scope="module")
def second_tab(context: BrowserContext) -> Iterator[Page]:
    """Another tab, for the tests that need one after the other; the last of them closes it."""
    opened = context.new_page()
    opened.add_init_script(NOTES)
    yield opened
    opened.close()


@pytest.fixture
def second_page(second_tab: Page) -> Iterator[Page]:
    """The page of that tab, in which no script of ours may fail."""
    with no_errors(second_tab):
        yield second_tab


def test_every_view_shows_the_light_and_the_last_one_ends_the_recording(
    lab: Lab, page: Page, second_page: Page
) -> None:
    write_notebook(lab.root / "views.ipynb", MAKE, "t", TELL)
    lab.open(page, "views.ipynb")
    page.evaluate(WITHOUT_PROXY)
    run_cell(page, 0)
    run_cell(page, 1)
    save(page)
    page.get_by_role("button", name="Start", exact=True).first.click()
    expect(page.locator(".ips-microphone .light.on")).to_have_count(2)
    expect(page.locator(".ips-microphone .path").first).to_have_text(BY_COMM)
    assert tracks(page) == 1
    lab.open(second_page, "views.ipynb")
    expect(second_page.locator(".ips-microphone").first).to_contain_text("Recording in another window")
    light(second_page)
    close_notebooks(second_page)
    for index in (0, 1):
        light(page)
        assert tracks(page) == 1
        clear_output(page, index)
    wait_for(lambda: tracks(page) == 0)

    def told() -> str:
        run_cell(page, 2)
        return output(page, 2).strip()

    wait_for(lambda: told() == "ended None")


def test_a_page_that_is_left_and_a_tab_that_is_closed_end_the_recording(
    lab: Lab, page: Page, second_page: Page
) -> None:
    write_notebook(lab.root / "left.ipynb", MAKE)
    lab.open(second_page, "left.ipynb")
    run_cell(second_page, 0)
    save(second_page)
    start(second_page)
    light(second_page)
    second_page.reload(wait_until="commit")
    expect(second_page.locator(".status")).to_contain_text(OVER)
    dark(second_page)
    start(second_page)
    light(second_page)
    assert tracks(second_page) == 1
    second_page.close()
    lab.open(page, "left.ipynb")
    expect(page.locator(".status")).to_contain_text(OVER)
    dark(page)


def test_a_widget_that_is_closed_and_a_kernel_that_goes_end_the_recording(lab: Lab, page: Page) -> None:
    write_notebook(lab.root / "gone.ipynb", MAKE, f"t.close()\n{TELL}")
    lab.open(page, "gone.ipynb")
    listen(page)
    run_cell(page, 1)
    wait_for(lambda: tracks(page) == 0)
    assert output(page, 1).strip() == "ended None"
    listen(page)
    restart_kernel(page)
    wait_for(lambda: tracks(page) == 0)
    listen(page)
    lab.end_kernels()
    wait_for(lambda: tracks(page) == 0)


@pytest.fixture
def _without_permission(context: BrowserContext) -> Iterator[None]:
    context.clear_permissions()
    yield
    context.grant_permissions(["microphone"])


@pytest.mark.usefixtures("_without_permission")
def test_a_refusal_says_what_to_do_and_can_be_read_in_light_and_dark(lab: Lab, page: Page) -> None:
    write_notebook(lab.root / "refused.ipynb", MAKE)
    lab.open(page, "refused.ipynb")
    run_cell(page, 0)
    start(page)
    says(page, "Access to the microphone was denied.", "Allow it for this site")
    for theme in ("Dark", "Light"):
        use_theme(page, f"JupyterLab {theme}")
        expect(page.locator(".ips-microphone")).to_have_attribute("data-theme", theme.lower())
        can_be_read(page)


def says(page: Page, message: str, advice: str) -> None:
    """The microphone and the session say it, and nothing is recorded."""
    expect(page.locator(".ips-microphone .problem")).to_contain_text(f"{message} {advice}")
    expect(page.locator(".ips-controls .notices > [role=alert]")).to_contain_text(message)
    expect(page.locator(".status")).to_contain_text("stopped by an error")
    dark(page)


@pytest.fixture
def bare(context: BrowserContext, lab: Lab) -> Iterator[Page]:
    """A page of a browser without any microphone, to which this computer has another name, too."""
    assert context.browser is not None
    flags = [*FLAGS, f"--host-resolver-rules=MAP {ELSEWHERE} 127.0.0.1"]
    browser = context.browser.browser_type.launch(executable_path=CHROMIUM, headless=True, args=flags)
    page = browser.new_page(permissions=["microphone"])
    page.set_default_timeout(LIMIT_MS)
    yield page
    browser.close()
    lab.end_kernels()


def test_no_device_and_an_insecure_origin_say_what_to_do(lab: Lab, bare: Page) -> None:
    write_notebook(lab.root / "none.ipynb", MAKE)
    lab.open(bare, "none.ipynb")
    run_cell(bare, 0)
    start(bare)
    says(bare, "This computer has no microphone that the browser can see.", "Plug one in and press Start again")
    lab.open(bare, "none.ipynb", host=ELSEWHERE)
    run_cell(bare, 0)
    trouble = bare.locator(".ips-microphone .problem")
    expect(trouble).to_contain_text(f"no microphone to pages of http://{ELSEWHERE}:{lab.port}")
    start(bare)
    says(
        bare,
        "which were loaded neither over https nor from this computer.",
        "Open the notebook over https or at localhost",
    )
