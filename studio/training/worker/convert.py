"""A float network to a full-integer `.tflite`: int8 in, int8 out, and nothing in between but integers."""

from collections.abc import Iterator

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from studio.features.front_ends import FrontEnd

Floats = NDArray[np.float32]


class InputScaleDiffers(Exception):
    """The converter chose another input scale than the front end quantises to: the model would hear something else."""


def to_int8(model: keras.Model, calibration: Floats, spec: FrontEnd) -> bytes:
    """Post-training quantisation.

    model: with its scores, or its value, as its output. calibration: float inputs (n, *spec.shape) as the model will
    meet them. Both extremes of the input are written into the corners of the first, so that the converter finds the
    planned input scale, while no activation sees more of them than one cell. Raises InputScaleDiffers.
    """
    inputs = calibration.reshape(len(calibration), -1).astype(np.float32)
    if inputs.shape[1] > 1:
        inputs[0, 0], inputs[0, -1] = spec.input_limits
    else:  # a single reading: the first two of it
        inputs = np.concatenate([np.array(spec.input_limits, np.float32)[:, None], inputs])
    inputs = inputs.reshape(-1, *model.inputs[0].shape[1:])

    def representative() -> Iterator[list[Floats]]:
        for row in inputs:
            yield [row[None]]

    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = representative
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = converter.inference_output_type = tf.int8
    content: bytes = converter.convert()
    _check_input(content, spec)
    return content


def _check_input(content: bytes, spec: FrontEnd) -> None:
    scale, zero_point = tf.lite.Interpreter(model_content=content).get_input_details()[0]["quantization"]
    if (scale, zero_point) != (spec.input_scale, spec.input_zero_point):
        raise InputScaleDiffers(
            f"the converter found input scale {scale!r}, zero point {zero_point}; "
            f"the front end has {spec.input_scale!r}, {spec.input_zero_point}"
        )
