"""The Bezier curve made and used, with one bend and with two."""

from ...calling import reproducibly
from ...on_paths.drive import PATH_PARTS, drive_parts, drive_picture, train_on_course_network


def drive(answer, inputs, device="cpu"):
    """The same of two curves, `{"one bend": {part: ...}, "two bends": {part: ...}}`, and the picture."""
    with reproducibly(inputs["random_start"]):
        curves = {
            name: {
                **drive_parts(PATH_PARTS, answer, inputs[name], device),
                **drive_parts({"course": train_on_course_network}, answer, inputs[name]["course"], device),
            }
            for name in ("one bend", "two bends")
        }
        return {**curves, **drive_picture(answer, inputs, device)}
