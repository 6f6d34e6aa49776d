package dev.sifter.kernels.inspect;

import dev.sifter.kernels.library.catalog.TrialCheck;
import dev.sifter.kernels.ptx.ElementType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * Results of one computation on two devices, compared bit for bit.
 *
 * @param elements compared
 * @param different how many of them are not the same; NaNs are, whatever their bits
 * @param ulps the largest distance in units in the last place of the array's type; {@link
 *     Long#MAX_VALUE} if one is NaN and the other is not, or if the elements are no numbers
 */
public record Conformance(long elements, long different, long ulps) {
  /** Of nothing. */
  public static final Conformance NONE = new Conformance(0, 0, 0);

  /** Compares the results of a trial. */
  public static Conformance of(List<TrialCheck.Result> left, List<TrialCheck.Result> right) {
    Conformance all = NONE;
    for (int i = 0; i < left.size(); i++) {
      all = all.plus(of(left.get(i).type(), left.get(i).bytes(), right.get(i).bytes()));
    }
    return all;
  }

  /** Compares arrays of the same length; a null type stands for bytes that are no numbers. */
  static Conformance of(ElementType type, byte[] left, byte[] right) {
    if (left.length != right.length) {
      throw new IllegalArgumentException(
          "%d bytes on one device, %d on the other".formatted(left.length, right.length));
    }
    int size = type == null ? 1 : type.bytes();
    ByteBuffer a = ByteBuffer.wrap(left).order(ByteOrder.LITTLE_ENDIAN);
    ByteBuffer b = ByteBuffer.wrap(right).order(ByteOrder.LITTLE_ENDIAN);
    long different = 0;
    long largest = 0;
    for (int at = 0; at < left.length; at += size) {
      long distance = distance(type, bits(a, at, size), bits(b, at, size));
      different += distance == 0 ? 0 : 1;
      largest = Math.max(largest, distance);
    }
    return new Conformance(left.length / size, different, largest);
  }

  private static int bits(ByteBuffer bytes, int at, int size) {
    return switch (size) {
      case 1 -> bytes.get(at);
      case 2 -> bytes.getShort(at);
      default -> bytes.getInt(at);
    };
  }

  /** Numbers between two that the type can hold; +0 and −0 are one apart. */
  private static long distance(ElementType type, int left, int right) {
    if (left == right) {
      return 0;
    }
    if (type == null) {
      return Long.MAX_VALUE;
    }
    boolean leftIsNan = isNan(type, left);
    boolean rightIsNan = isNan(type, right);
    if (leftIsNan || rightIsNan) {
      return leftIsNan && rightIsNan ? 0 : Long.MAX_VALUE;
    }
    int magnitude = magnitude(type);
    return Math.abs(ordered(left, magnitude) - ordered(right, magnitude));
  }

  private static boolean isNan(ElementType type, int bits) {
    int infinity =
        switch (type) {
          case F32 -> 0x7f80_0000;
          case BF16 -> 0x7f80;
          case F16 -> 0x7c00;
        };
    return (bits & magnitude(type)) > infinity;
  }

  /** All bits but the sign. */
  private static int magnitude(ElementType type) {
    return type == ElementType.F32 ? Integer.MAX_VALUE : Short.MAX_VALUE;
  }

  /** Grows with the number that the bits, extended by their sign, are. */
  private static long ordered(int bits, int magnitude) {
    return bits >= 0 ? bits : -1L - (bits & magnitude);
  }

  /** Both together. */
  public Conformance plus(Conformance other) {
    return new Conformance(
        elements + other.elements, different + other.different, Math.max(ulps, other.ulps));
  }

  /** Whether all are the same. */
  public boolean isBitwise() {
    return different == 0;
  }

  /** For people. */
  public String text() {
    if (isBitwise()) {
      return "bitwise";
    }
    return ulps == Long.MAX_VALUE
        ? "%d of %d differ".formatted(different, elements)
        : "%d ulp, %d of %d differ".formatted(ulps, different, elements);
  }
}
