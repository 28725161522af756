"""The polychain made and used."""

import torch

from ...calling import reproducibly
from ...on_paths.drive import PATH_PARTS, drive_parts, drive_picture, train_on_course_network, walk


def drive(answer, inputs, device="cpu"):
    """Make a polychain of the class and use it: `{part: {..., "raised": text}}` for each of PATH_PARTS, and a picture.

    "ends" is a walk on a second network; "course" is the notebook's use on that of the course.
    """
    with reproducibly(inputs["random_start"]):
        return {
            **drive_parts(PATH_PARTS, answer, inputs, device),
            **drive_parts({"ends": torch.no_grad()(walk)}, answer, inputs["ends"], device),
            **drive_parts({"course": train_on_course_network}, answer, inputs["course"], device),
            **drive_picture(answer, inputs, device),
        }
