package dev.sifter.model.gguf;

import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.model.AtomicFiles;
import dev.sifter.model.weights.HostFloats;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * A GGUF file (version 3, little-endian) to be written: keys with typed values, then tensors, each
 * at a multiple of 32 bytes.
 */
final class GgufFile {
  private static final int VERSION = 3;
  private static final int ALIGNMENT = 32;
  private static final int UINT32 = 4;
  private static final int INT32 = 5;
  private static final int FLOAT32 = 6;
  private static final int BOOL = 7;
  private static final int STRING = 8;
  private static final int ARRAY = 9;

  private final Map<String, Value> values = new LinkedHashMap<>();
  private final List<Entry> entries = new ArrayList<>();

  private interface Value {
    void writeTo(Bytes out);
  }

  private record Entry(String name, Shape shape, GgufType type, Supplier<Tensor> tensor) {}

  /** Little-endian numbers and strings. */
  private static final class Bytes extends ByteArrayOutputStream {
    void int32(int value) {
      writeBytes(buffer(4).putInt(value).array());
    }

    void int64(long value) {
      writeBytes(buffer(8).putLong(value).array());
    }

    void float32(float value) {
      writeBytes(buffer(4).putFloat(value).array());
    }

    void string(String text) {
      byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
      int64(utf8.length);
      writeBytes(utf8);
    }

    private static ByteBuffer buffer(int size) {
      return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }
  }

  void uint32(String key, long value) {
    values.put(
        key,
        out -> {
          out.int32(UINT32);
          out.int32((int) value);
        });
  }

  void float32(String key, double value) {
    values.put(
        key,
        out -> {
          out.int32(FLOAT32);
          out.float32((float) value);
        });
  }

  void bool(String key, boolean value) {
    values.put(
        key,
        out -> {
          out.int32(BOOL);
          out.write(value ? 1 : 0);
        });
  }

  void string(String key, String value) {
    values.put(
        key,
        out -> {
          out.int32(STRING);
          out.string(value);
        });
  }

  void strings(String key, List<String> list) {
    array(key, STRING, list.size(), out -> list.forEach(out::string));
  }

  void float32s(String key, float[] list) {
    array(
        key,
        FLOAT32,
        list.length,
        out -> {
          for (float value : list) {
            out.float32(value);
          }
        });
  }

  void int32s(String key, int[] list) {
    array(
        key,
        INT32,
        list.length,
        out -> {
          for (int value : list) {
            out.int32(value);
          }
        });
  }

  private void array(String key, int type, int count, Value elements) {
    values.put(
        key,
        out -> {
          out.int32(ARRAY);
          out.int32(type);
          out.int64(count);
          elements.writeTo(out);
        });
  }

  /**
   * A tensor to be kept as {@code type}.
   *
   * @param tensor gives it in host memory, of a floating type, when it is written
   */
  void tensor(String name, Shape shape, GgufType type, Supplier<Tensor> tensor) {
    entries.add(new Entry(name, shape, type, tensor));
  }

  void write(Path file) {
    AtomicFiles.write(file, this::writeTo);
  }

  private void writeTo(OutputStream out) throws IOException {
    Bytes header = new Bytes();
    header.writeBytes("GGUF".getBytes(StandardCharsets.US_ASCII));
    header.int32(VERSION);
    header.int64(entries.size());
    header.int64(values.size());
    values.forEach(
        (key, value) -> {
          header.string(key);
          value.writeTo(header);
        });
    long offset = 0;
    for (Entry entry : entries) {
      header.string(entry.name);
      long[] dims = entry.shape.dims();
      header.int32(dims.length);
      for (int axis = dims.length - 1; axis >= 0; axis--) {
        header.int64(dims[axis]);
      }
      header.int32(entry.type.code());
      header.int64(offset);
      offset += aligned(entry.type.bytes(entry.shape.elements()));
    }
    header.writeBytes(new byte[(int) (aligned(header.size()) - header.size())]);
    header.writeTo(out);
    for (Entry entry : entries) {
      writeTensor(entry, out);
    }
  }

  private static long aligned(long bytes) {
    return Math.ceilDiv(bytes, ALIGNMENT) * ALIGNMENT;
  }

  /** Row by row, so that a large tensor is never in memory twice. */
  private static void writeTensor(Entry entry, OutputStream out) throws IOException {
    Tensor tensor = entry.tensor.get();
    int width = tensor.width();
    float[] row = new float[width];
    ByteBuffer bytes = Bytes.buffer((int) entry.type.bytes(width));
    for (long r = 0; r < entry.shape.rows(); r++) {
      HostFloats.read(tensor, r * width, row, width);
      bytes.clear();
      entry.type.encode(row, width, bytes);
      out.write(bytes.array(), 0, bytes.position());
    }
    long size = entry.type.bytes(entry.shape.elements());
    out.write(new byte[(int) (aligned(size) - size)]);
  }
}
