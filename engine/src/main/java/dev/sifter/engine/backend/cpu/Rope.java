package dev.sifter.engine.backend.cpu;

import dev.sifter.engine.backend.AttentionChecks;
import dev.sifter.engine.backend.Checks;
import dev.sifter.engine.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** Rotary positions, a block of rows a task. */
final class Rope {
  private static final VectorSpecies<Float> S = FloatVector.SPECIES_PREFERRED;
  private static final int LANES = S.length();

  private final CpuContext context;

  Rope(CpuContext context) {
    this.context = context;
  }

  void rotate(
      Tensor x,
      int headDim,
      boolean interleaved,
      Tensor cos,
      Tensor sin,
      Tensor positions,
      boolean inverse,
      boolean accumulate,
      Tensor y) {
    Checks.same("x", x, "y", y);
    Checks.same("cos", cos, "sin", sin);
    int width = x.width();
    int half = cos.width();
    int rows = x.rows();
    AttentionChecks.rope(x, headDim, half, positions);
    MemorySegment numbers = checkedPositions(positions, cos.rows());
    MemorySegment cosines = cos.segment();
    MemorySegment sines = sin.segment();
    MemorySegment source = x.segment();
    MemorySegment target = y.segment();
    context.runRanges(
        rows,
        Grain.rows(width),
        (from, to, worker) -> {
          Scratch scratch = context.scratch(worker);
          float[] row = scratch.floats(0, width);
          float[] old = scratch.floats(1, width);
          float[] c = scratch.floats(2, half);
          float[] s = scratch.floats(3, half);
          for (long t = from; t < to; t++) {
            int position = numbers.get(ValueLayout.JAVA_INT_UNALIGNED, 4 * t);
            Numbers.loadF32(cosines, (long) position * half, c, 0, half);
            Numbers.loadF32(sines, (long) position * half, s, 0, half);
            Numbers.loadF32(source, t * width, row, 0, width);
            for (int head = 0; head < width; head += headDim) {
              if (interleaved) {
                rotateNeighbours(row, head, half, c, s, inverse ? -1 : 1);
              } else {
                rotateHalves(row, head, half, c, s, inverse ? -1 : 1);
              }
            }
            if (accumulate) {
              Numbers.loadF32(target, t * width, old, 0, width);
              NormLoops.add(row, old, width);
            }
            Numbers.storeF32(row, 0, target, t * width, width);
          }
        });
  }

  private static void rotateHalves(
      float[] row, int at, int half, float[] cos, float[] sin, float sign) {
    int bound = S.loopBound(half);
    for (int i = 0; i < bound; i += LANES) {
      FloatVector c = FloatVector.fromArray(S, cos, i);
      FloatVector s = FloatVector.fromArray(S, sin, i).mul(sign);
      FloatVector first = FloatVector.fromArray(S, row, at + i);
      FloatVector second = FloatVector.fromArray(S, row, at + half + i);
      first.mul(c).sub(second.mul(s)).intoArray(row, at + i);
      second.mul(c).add(first.mul(s)).intoArray(row, at + half + i);
    }
    for (int i = bound; i < half; i++) {
      float c = cos[i];
      float s = sin[i] * sign;
      float first = row[at + i];
      float second = row[at + half + i];
      row[at + i] = first * c - second * s;
      row[at + half + i] = second * c + first * s;
    }
  }

  private static void rotateNeighbours(
      float[] row, int at, int half, float[] cos, float[] sin, float sign) {
    for (int i = 0; i < half; i++) {
      float c = cos[i];
      float s = sin[i] * sign;
      float first = row[at + 2 * i];
      float second = row[at + 2 * i + 1];
      row[at + 2 * i] = first * c - second * s;
      row[at + 2 * i + 1] = second * c + first * s;
    }
  }

  private static MemorySegment checkedPositions(Tensor positions, int most) {
    MemorySegment numbers = positions.segment();
    for (long t = 0; t < positions.elements(); t++) {
      int position = numbers.get(ValueLayout.JAVA_INT_UNALIGNED, 4 * t);
      if (position < 0 || position >= most) {
        throw new IndexOutOfBoundsException(
            "position %d of row %d is not among the %d rotary positions"
                .formatted(position, t, most));
      }
    }
    return numbers;
  }
}
