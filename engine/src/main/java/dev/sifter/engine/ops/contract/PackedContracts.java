package dev.sifter.engine.ops.contract;

import dev.sifter.engine.backend.PackedMatrix;
import dev.sifter.engine.ops.Linear;
import dev.sifter.engine.ops.QuantizedWeight;
import dev.sifter.engine.tensor.DType;
import java.util.ArrayList;
import java.util.List;

/** Linear layers over weights in 4 bits. */
final class PackedContracts {
  private static final int BLOCK = 64;
  private static final int NESTED_BLOCK = 256;
  private static final float OFFSET = 0.25f;

  private PackedContracts() {}

  static OpContract linear() {
    return new OpContract(
        "linear-4bit",
        "y = x·Wᵀ, W[i] = book[code[i]]·scale[i / 64]",
        LinearContracts.SUMS,
        List.of(
            linear("1x1x8", 1, 8, 1, false, DType.F32),
            linear("1x128x33, bf16", 1, 128, 33, false, DType.BF16),
            linear("1x1032x65, nested, bf16", 1, 1032, 65, true, DType.BF16),
            linear("8x72x31, nested", 8, 72, 31, true, DType.F32),
            linear("9x72x31, nested", 9, 72, 31, true, DType.F32),
            linear("1x33x5, rows within bytes, f16", 1, 33, 5, true, DType.F16)),
        linear("1x2048x2048, nested, bf16", 1, 2048, 2048, true, DType.BF16));
  }

  private static OpCase linear(
      String name, int rows, int in, int out, boolean nested, DType unpackedAs) {
    int blocks = Math.ceilDiv(in * out, BLOCK);
    List<OpInput> inputs = new ArrayList<>();
    inputs.add(OpInput.trained("x", rows, in));
    inputs.add(codes("codes", Math.ceilDiv(in * out, 2)));
    inputs.add(floats("book", 16));
    if (nested) {
      inputs.add(codes("scale codes", blocks));
      inputs.add(floats("scale book", 256));
      inputs.add(floats("scales of scales", Math.ceilDiv(blocks, NESTED_BLOCK)));
    } else {
      inputs.add(floats("scales", blocks));
    }
    return OpCase.of(
        name,
        (tape, operands) -> {
          PackedMatrix.NestedScales scales =
              nested
                  ? new PackedMatrix.NestedScales(
                      operands.tensor("scale codes"),
                      operands.tensor("scale book"),
                      operands.tensor("scales of scales"),
                      NESTED_BLOCK,
                      OFFSET)
                  : null;
          PackedMatrix packed =
              new PackedMatrix(
                  out,
                  in,
                  operands.tensor("codes"),
                  operands.tensor("book"),
                  nested ? null : operands.tensor("scales"),
                  scales,
                  BLOCK,
                  unpackedAs);
          return Linear.apply(tape, operands.variable("x"), new QuantizedWeight(packed), null);
        },
        inputs.toArray(OpInput[]::new));
  }

  private static OpInput codes(String name, int count) {
    return OpInput.constant(name, count).of(Values.uniform(256)).frozenAs(DType.U8);
  }

  private static OpInput floats(String name, int count) {
    return OpInput.constant(name, count).frozenAs(DType.F32);
  }
}
