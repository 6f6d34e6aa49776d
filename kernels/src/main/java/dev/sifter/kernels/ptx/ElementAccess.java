package dev.sifter.kernels.ptx;

import java.util.ArrayList;
import java.util.List;

/** Vectors of fp32, bfloat16 or binary16 numbers in memory, fp32 in registers. */
abstract class ElementAccess extends Reductions {
  private static final int UPPER_HALF = 0xFFFF0000;

  ElementAccess(int sharedLimit, int threads) {
    super(sharedLimit, threads);
  }

  /**
   * An argument: numbers that are only read.
   *
   * @param vector elements of the widest access; the address is a multiple of their size
   */
  public final ElementPointer input(String name, ElementType type, int vector) {
    return new ElementPointer(pointer(name, alignment(type, vector)), type, true);
  }

  /** An argument: numbers that are written, and perhaps read before. */
  public final ElementPointer output(String name, ElementType type, int vector) {
    return new ElementPointer(pointer(name, alignment(type, vector)), type, false);
  }

  /** As {@link #input}, where the address lies in device memory. */
  public final ElementPointer loadInput(GlobalPointer from, ElementType type, int vector) {
    return new ElementPointer(loadPointer(from, alignment(type, vector)), type, true);
  }

  /** As {@link #output}, where the address lies in device memory. */
  public final ElementPointer loadOutput(GlobalPointer from, ElementType type, int vector) {
    return new ElementPointer(loadPointer(from, alignment(type, vector)), type, false);
  }

  private static int alignment(ElementType type, int vector) {
    return Math.min(Alignments.MAX, Integer.highestOneBit(vector) * type.bytes());
  }

  /** The address of {@code index} times {@code stride} elements further on. */
  public final ElementPointer at(ElementPointer array, B32 index, int stride) {
    GlobalPointer to = at(array.pointer(), index, stride * array.type().bytes());
    return new ElementPointer(to, array.type(), array.readOnly());
  }

  /**
   * The address of a row of a matrix.
   *
   * @param stride elements from one row to the next
   * @param vector number of elements that the stride is a multiple of, as the caller checks
   */
  public final ElementPointer atRow(ElementPointer matrix, B32 row, B32 stride, int vector) {
    ElementType type = matrix.type();
    GlobalPointer to = atRow(matrix.pointer(), row, stride, type.bytes(), alignment(type, vector));
    return new ElementPointer(to, type, matrix.readOnly());
  }

  /** The next {@code count} numbers. */
  public final List<F32> load(ElementPointer from, int count) {
    return loadIf(null, from, count);
  }

  /** The next number. */
  public final F32 loadOne(ElementPointer from) {
    return loadIf(null, from, 1).getFirst();
  }

  /** The next {@code count} numbers where p holds, zeros elsewhere; null for everywhere. */
  public final List<F32> loadIf(Pred p, ElementPointer from, int count) {
    List<F32> numbers = new ArrayList<>();
    int step = Math.min(count, Alignments.MAX / from.type().bytes());
    for (int i = 0; i < count; i += step) {
      numbers.addAll(loadVector(p, from.plus(i), step));
    }
    return numbers;
  }

  private List<F32> loadVector(Pred p, ElementPointer from, int count) {
    if (from.type() == ElementType.F32) {
      return loadFloats(p, from.readOnly(), from.pointer(), count);
    }
    if (count == 1) {
      B32 half = loadHalf(p, from.readOnly(), from.pointer());
      return List.of(from.type() == ElementType.BF16 ? number(shl(half, 16)) : float16(half));
    }
    return unpack(from.type(), loadWords(p, from.readOnly(), from.pointer(), count / 2));
  }

  /** The numbers packed in pairs in some words. */
  public final List<F32> unpack(ElementType type, List<B32> words) {
    List<F32> numbers = new ArrayList<>();
    for (B32 word : words) {
      if (type == ElementType.BF16) {
        numbers.add(number(shl(word, 16)));
        numbers.add(number(and(word, UPPER_HALF)));
      } else {
        numbers.add(float16(and(word, 0xFFFF)));
        numbers.add(float16(shr(word, 16)));
      }
    }
    return numbers;
  }

  /**
   * The number whose binary16 representation is {@code half}. Its exponent and fraction, put where
   * binary32 has them, stand for the number times 2⁻¹¹², which subnormal numbers need no exception
   * from; infinity and NaN do.
   */
  private F32 float16(B32 half) {
    B32 magnitude = shl(and(half, 0x7FFF), 13);
    B32 finite = bits(mul(number(magnitude), 0x1p112f));
    B32 special = or(magnitude, 0x7F800000);
    B32 value = select(ge(magnitude, 0x7C00 << 13), special, finite);
    return number(or(value, shl(and(half, 0x8000), 16)));
  }

  /** Stores numbers, rounded to nearest with ties to even where they lose bits. */
  public final void store(ElementPointer to, List<F32> values) {
    storeIf(null, to, values);
  }

  /** Stores one number. */
  public final void store(ElementPointer to, F32 value) {
    storeIf(null, to, List.of(value));
  }

  /** Stores numbers where p holds; null for everywhere. */
  public final void storeIf(Pred p, ElementPointer to, List<F32> values) {
    require(!to.readOnly(), "a store into an input");
    ElementType type = to.type();
    int step = Math.min(values.size(), Alignments.MAX / type.bytes());
    for (int i = 0; i < values.size(); i += step) {
      List<F32> some = values.subList(i, i + step);
      GlobalPointer address = to.plus(i).pointer();
      if (type == ElementType.F32) {
        storeVector(p, address, some);
      } else if (step == 1) {
        storeHalf(p, address, pack(type, some.getFirst(), constant(0f)));
      } else {
        storeVector(p, address, pack(type, some));
      }
    }
  }

  /** Numbers packed in pairs, the first in the lower half. */
  public final List<B32> pack(ElementType type, List<F32> values) {
    List<B32> words = new ArrayList<>();
    for (int i = 0; i < values.size(); i += 2) {
      words.add(pack(type, values.get(i), values.get(i + 1)));
    }
    return words;
  }

  /** Numbers as they are after a store and a load. */
  public final List<F32> rounded(ElementType type, List<F32> values) {
    if (type == ElementType.F32) {
      return values;
    }
    if (values.size() == 1) {
      return unpack(type, pack(type, List.of(values.getFirst(), constant(0f)))).subList(0, 1);
    }
    return unpack(type, pack(type, values));
  }

  private B32 pack(ElementType type, F32 low, F32 high) {
    return switch (type) {
      case BF16 -> packBfloat16(low, high);
      case F16 -> packFloat16(low, high);
      case F32 -> throw new IllegalArgumentException("fp32 numbers do not come in pairs");
    };
  }
}
