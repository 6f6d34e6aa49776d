package dev.sifter.tests;

import dev.sifter.model.weights.SafetensorsFile;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Set;

/** A safetensors file of expected values, read into Java arrays. */
public final class GoldenTensors implements AutoCloseable {
  private final SafetensorsFile file;

  private GoldenTensors(SafetensorsFile file) {
    this.file = file;
  }

  /** Opens a file. */
  public static GoldenTensors open(Path path) {
    return new GoldenTensors(SafetensorsFile.open(path));
  }

  /** Names of all tensors. */
  public Set<String> names() {
    return file.entries().keySet();
  }

  /** Extents of a tensor. */
  public long[] shape(String name) {
    return file.entries().get(name).shape().dims();
  }

  /** A floating tensor, flattened. */
  public float[] floats(String name) {
    MemorySegment bytes = file.bytes(name);
    return switch (file.entries().get(name).dtype()) {
      case "F32" -> bytes.toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
      case "F64" -> {
        double[] wide = bytes.toArray(ValueLayout.JAVA_DOUBLE_UNALIGNED);
        float[] narrow = new float[wide.length];
        for (int i = 0; i < wide.length; i++) {
          narrow[i] = (float) wide[i];
        }
        yield narrow;
      }
      case "BF16" -> {
        short[] bits = bytes.toArray(ValueLayout.JAVA_SHORT_UNALIGNED);
        float[] wide = new float[bits.length];
        for (int i = 0; i < bits.length; i++) {
          wide[i] = Float.intBitsToFloat(bits[i] << 16);
        }
        yield wide;
      }
      default -> throw new IllegalArgumentException(name + " is not floating");
    };
  }

  /** A tensor of bytes, flattened. */
  public byte[] bytes(String name) {
    return file.bytes(name).toArray(ValueLayout.JAVA_BYTE);
  }

  /** An integer tensor, flattened. */
  public int[] ints(String name) {
    MemorySegment bytes = file.bytes(name);
    return switch (file.entries().get(name).dtype()) {
      case "I64" -> {
        long[] wide = bytes.toArray(ValueLayout.JAVA_LONG_UNALIGNED);
        int[] narrow = new int[wide.length];
        for (int i = 0; i < wide.length; i++) {
          narrow[i] = Math.toIntExact(wide[i]);
        }
        yield narrow;
      }
      case "I32" -> bytes.toArray(ValueLayout.JAVA_INT_UNALIGNED);
      case "I16" -> {
        short[] bits = bytes.toArray(ValueLayout.JAVA_SHORT_UNALIGNED);
        int[] wide = new int[bits.length];
        for (int i = 0; i < bits.length; i++) {
          wide[i] = bits[i];
        }
        yield wide;
      }
      default -> throw new IllegalArgumentException(name + " is not integral");
    };
  }

  @Override
  public void close() {
    file.close();
  }
}
