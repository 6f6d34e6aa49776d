package dev.sifter.tests.parity;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads back what GGUF files say, by the format's description and nothing of Sifter's. */
final class GgufFileReader {
  /** A tensor's entry and bytes. */
  record Entry(int type, List<Long> ne, long offset, byte[] bytes) {}

  private final ByteBuffer in;
  private final Map<String, Object> values = new LinkedHashMap<>();
  private final Map<String, Entry> tensors = new LinkedHashMap<>();

  GgufFileReader(Path file) throws IOException {
    in = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    if (in.getInt() != 0x46554747 || in.getInt() != 3) {
      throw new IOException("no GGUF of version 3");
    }
    long count = in.getLong();
    long keys = in.getLong();
    for (long i = 0; i < keys; i++) {
      String key = string();
      values.put(key, value(in.getInt()));
    }
    Map<String, Entry> listed = new LinkedHashMap<>();
    for (long i = 0; i < count; i++) {
      String name = string();
      List<Long> ne = new ArrayList<>();
      int rank = in.getInt();
      for (int axis = 0; axis < rank; axis++) {
        ne.add(in.getLong());
      }
      listed.put(name, new Entry(in.getInt(), ne, in.getLong(), null));
    }
    int data = (in.position() + 31) / 32 * 32;
    listed.forEach(
        (name, entry) -> {
          int from = data + (int) entry.offset;
          byte[] bytes = Arrays.copyOfRange(in.array(), from, from + bytes(entry));
          tensors.put(name, new Entry(entry.type, entry.ne, from, bytes));
        });
  }

  private static int bytes(Entry entry) {
    long elements = entry.ne.stream().reduce(1L, Math::multiplyExact);
    return (int)
        switch (entry.type) {
          case 0 -> elements * 4;
          case 1, 30 -> elements * 2;
          case 8 -> elements / 32 * 34;
          default -> throw new IllegalArgumentException("type " + entry.type);
        };
  }

  private String string() {
    byte[] utf8 = new byte[(int) in.getLong()];
    in.get(utf8);
    return new String(utf8, StandardCharsets.UTF_8);
  }

  private Object value(int type) {
    return switch (type) {
      case 4, 5 -> in.getInt();
      case 6 -> in.getFloat();
      case 7 -> in.get() != 0;
      case 8 -> string();
      case 9 -> {
        int elementType = in.getInt();
        long length = in.getLong();
        List<Object> list = new ArrayList<>();
        for (long i = 0; i < length; i++) {
          list.add(value(elementType));
        }
        yield list;
      }
      default -> throw new IllegalArgumentException("type " + type);
    };
  }

  Map<String, Object> values() {
    return values;
  }

  Map<String, Entry> tensors() {
    return tensors;
  }
}
