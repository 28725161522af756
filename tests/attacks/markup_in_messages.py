"""Puts HTML, terminal escapes and square brackets into the diagnosis that the instructor reads."""

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)>[bold red]10.0[/][/]\x1b]0;attack\x07\x1b[2J\x9b31m"
Hostile = type("Hostile</pre><script>alert(1)</script>", (Exception,), {})


def eval_hess_vec_prod(vec, params, net, criterion, dataloader, device):
    print(HOSTILE)
    raise Hostile(HOSTILE + "\u202e\x00\ud800 10.0 of 10 points")
