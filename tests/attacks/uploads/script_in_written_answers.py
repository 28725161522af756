"""Writes HTML, scripts and links into its written answers, to run as the instructor who opens the formgrader."""

import nbformat

HOSTILE = """<script>fetch('/api/contents').then(alert)</script> <img src="x" onerror="alert('attack')">
<iframe srcdoc="<script>alert(1)</script>"></iframe> <svg/onload=alert(1)> <a href="&#106;avascript:alert(1)">notes</a>
[details](javascript:alert(1)) ![picture](http://127.0.0.1:47101/attacked-by-student) <form action="//127.0.0.1">
<style>@import "http://127.0.0.1:47101/"; .score {display: none}</style> <math href="javascript:alert(1)">x</math>
<object data="data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg=="></object>
<meta http-equiv="refresh" content="0">
$$\\require{html}\\href{javascript:alert(1)}{x}$$ `<script>alert('in code, harmless')</script>`
$\\mmlToken{mi}[href="javascript:alert(1)" style="position: fixed"]{x}$
$\\bbox[background: url(//127.0.0.1:47101)]{x}$"""


def upload(folder, notebook):
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id", "").startswith("answer_"):
            cell.source = HOSTILE
    nbformat.write(notebook, folder / "hessian_spectrum.ipynb")
