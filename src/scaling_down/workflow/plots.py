"""The page that `dvc plots show` fills, with its scripts inside: it fetches nothing."""

from snakemake.assets import Assets

SCRIPTS = ("vega/vega.js", "vega-lite/vega-lite.js", "vega-embed/vega-embed.js")
"""Those that Snakemake brings for its own report."""


def plots_page() -> str:
    """Return the template for `dvc plots show --html-template`."""
    scripts = (Assets.get_content(name) for name in SCRIPTS)
    inside = "\n".join(f"<script>{script}</script>" for script in scripts)
    head = f'<meta charset="utf-8"><title>Curves by version</title>\n{inside}'
    body = "{plot_divs}"
    return f"<!DOCTYPE html>\n<html><head>{head}</head><body>{body}</body></html>"
