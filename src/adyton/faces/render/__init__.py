"""Reports and pages: the templates that the faces share.

Enters: documents of parts, as JSON. Leaves: whole pages that need nothing from anywhere else: no
script, no font, no picture, no link out.

Promises: everything is escaped; the same document gives the same page; times are UTC.

Never: reading files other than its own templates, deciding anything.
"""

from adyton.faces.render.report import render_report

__all__ = ["render_report"]
