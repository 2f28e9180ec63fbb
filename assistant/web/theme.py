"""The look of the pages: calm, high in contrast, the same in light and dark, and without fonts from elsewhere."""

from __future__ import annotations

from pathlib import Path

import gradio as gr

HERE = Path(__file__).parent
STYLE = HERE / "style.css"
SCRIPT = HERE / "page.js"
FONT = ["ui-sans-serif", "system-ui", "-apple-system", "Segoe UI", "Noto Sans", "Noto Sans CJK SC", "sans-serif"]


def theme() -> gr.themes.Base:
    """Deep teal on warm white; slate at night."""
    return gr.themes.Base(
        primary_hue=gr.themes.colors.teal,
        secondary_hue=gr.themes.colors.cyan,
        neutral_hue=gr.themes.colors.slate,
        radius_size=gr.themes.sizes.radius_lg,
        text_size=gr.themes.sizes.text_md,
        font=FONT,
        font_mono=["ui-monospace", "Menlo", "Consolas", "monospace"],
    ).set(
        body_background_fill="#f6f8f7",
        body_background_fill_dark="#0e1618",
        background_fill_primary_dark="#152023",
        background_fill_secondary_dark="#101a1d",
        block_background_fill="#ffffff",
        block_background_fill_dark="#152023",
        block_border_color="#dbe4e2",
        block_border_color_dark="#26363a",
        button_primary_background_fill="#0f6f68",
        button_primary_background_fill_hover="#0b5751",
        button_primary_background_fill_dark="#0f6f68",
        button_primary_background_fill_hover_dark="#0b5751",
        button_primary_text_color="#ffffff",
        button_secondary_background_fill="#e6efed",
        button_secondary_background_fill_hover="#d8e6e3",
        button_secondary_background_fill_dark="#1f2e32",
        button_secondary_background_fill_hover_dark="#2a3d42",
        button_secondary_text_color="#123c39",
        button_secondary_text_color_dark="#dbe7e6",
        button_cancel_background_fill="#ffffff",
        button_cancel_background_fill_hover="#fdeceb",
        button_cancel_background_fill_dark="#0e1618",
        button_cancel_background_fill_hover_dark="#2a1614",
        button_cancel_border_color="#b42318",
        button_cancel_border_color_dark="#ffb4a9",
        button_cancel_text_color="#b42318",
        button_cancel_text_color_dark="#ffb4a9",
        button_large_text_weight="600",
        input_background_fill="#ffffff",
        input_background_fill_dark="#101a1d",
        link_text_color="#0b5f59",
        link_text_color_dark="#6fd3c8",
    )


def head() -> str:
    """What goes into the page's head: the script that opens a source when its number is followed."""
    return f"<script>{SCRIPT.read_text(encoding='utf-8')}</script>"
