"""The whole demo, with every default of Gradio's off that would leak what a patient types."""

from __future__ import annotations

import gradio as gr

from assistant.locales import DEFAULT, locale
from assistant.web.clinic.page import clinic_page
from assistant.web.desk import Desk
from assistant.web.endpoints import make_endpoints
from assistant.web.patient import circumstances, patient_page
from assistant.web.studio.page import studio_page
from assistant.web.theme import STYLE, head, theme

STUDIO, CLINICIAN = "studio", "clinician"
WAITING = 200
MAX_UPLOAD = "20mb"
FORGET_FILES = (600, 3600)  # look every ten minutes for temporary files older than an hour


def build(desk: Desk) -> gr.Blocks:
    """The demo, ready to be launched."""
    visitors = desk.settings.visitors
    with gr.Blocks(title="Airmed", analytics_enabled=False, fill_height=True, delete_cache=FORGET_FILES) as demo:
        navigation(demo, desk)
        patient_page(demo, desk)
        for name, function in make_endpoints(desk).items():
            gr.api(function, api_name=name, concurrency_limit=visitors, concurrency_id="doctor")
    with demo.route("Studio", f"/{STUDIO}", show_in_navbar=False):
        navigation(demo, desk)
        studio_page(demo, desk)
    with demo.route("Clinician", f"/{CLINICIAN}", show_in_navbar=False):
        navigation(demo, desk)
        clinic_page(demo, desk)
    demo.queue(default_concurrency_limit=visitors, max_size=WAITING)
    return demo


def navigation(demo: gr.Blocks, desk: Desk) -> None:
    """Links between the pages at the top of one, in a visitor's language."""

    def links(request: gr.Request | None = None) -> gr.Navbar:
        words = locale(circumstances(request, desk)[0] if request else DEFAULT)
        pages = [(words.studio.words["nav_studio"], STUDIO), (words.clinic["nav"], CLINICIAN)]
        return gr.Navbar(pages, main_page_name=words.studio.words["nav_doctor"])

    demo.load(links, None, links(), api_visibility="private", show_progress="hidden")


def launch(demo: gr.Blocks, port: int) -> None:
    """Serve the demo in the background; `GRADIO_SERVER_NAME` says where."""
    demo.launch(
        server_port=port,
        prevent_thread_lock=True,
        theme=theme(),
        css_paths=[STYLE],
        head=head(),
        run_history=False,
        enable_monitoring=False,
        max_file_size=MAX_UPLOAD,
        footer_links=["api"],
        ssr_mode=False,
    )
