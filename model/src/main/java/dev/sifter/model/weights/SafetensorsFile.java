package dev.sifter.model.weights;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Storage;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.model.FileErrors;
import dev.sifter.model.Json;
import dev.sifter.model.ModelException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A memory-mapped file in the safetensors format: 8 bytes of header length (little-endian), a JSON
 * header {@code {name: {dtype, shape, data_offsets}}}, then the tensors' bytes, row-major and
 * little-endian.
 *
 * <p>The file is hostile until checked: every length is compared with the file's before anything is
 * read or allocated, and ranges may neither overlap nor leave a byte between them or after them. A
 * name that stands twice is refused, where the library takes the last.
 */
public final class SafetensorsFile implements AutoCloseable {
  private static final ValueLayout.OfLong LITTLE_LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final long MAX_HEADER_BYTES = 100_000_000;
  private static final byte BYTE_ORDER_MARK = (byte) 0xEF;

  private static final ObjectReader HEADER =
      Json.reader().with(JsonParser.Feature.STRICT_DUPLICATE_DETECTION);

  private final Path path;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment data;
  private final Map<String, Entry> entries = new LinkedHashMap<>();

  /**
   * One tensor's place in the file.
   *
   * @param dtype as written: F32, F16, BF16, F64, I64, I32, I16, I8, U8, BOOL, …
   * @param begin first byte, counted from the end of the header
   * @param end one past the last byte
   */
  public record Entry(String dtype, Shape shape, long begin, long end) {}

  private SafetensorsFile(Path path) {
    this.path = path;
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      long size = channel.size();
      require(size >= 8, "%d bytes are too few for a header length".formatted(size));
      MemorySegment file = channel.map(FileChannel.MapMode.READ_ONLY, 0, size, arena);
      long headerBytes = file.get(LITTLE_LONG, 0);
      require(
          headerBytes >= 2 && headerBytes <= Math.min(size - 8, MAX_HEADER_BYTES),
          "the header claims %d bytes, but the file has %d".formatted(headerBytes, size));
      this.data = file.asSlice(8 + headerBytes);
      parse(file.asSlice(8, headerBytes).toArray(ValueLayout.JAVA_BYTE));
      checkRanges();
    } catch (NoSuchFileException e) {
      arena.close();
      throw new ModelException(path + " does not exist", e);
    } catch (IOException e) {
      arena.close();
      throw FileErrors.because("cannot read " + path, e);
    } catch (ModelException e) {
      arena.close();
      throw e;
    }
  }

  /**
   * Maps a file and checks its header.
   *
   * @throws ModelException if the file is absent, truncated or contradicts itself
   */
  public static SafetensorsFile open(Path path) {
    return new SafetensorsFile(path);
  }

  /** The tensors, in the header's order. */
  public Map<String, Entry> entries() {
    return Collections.unmodifiableMap(entries);
  }

  /**
   * A tensor over the mapped bytes, valid until the file is closed.
   *
   * @throws ModelException if there is none of this name, or its type is not one of F32, F64, BF16,
   *     F16, I32 and U8
   */
  public Tensor tensor(String name) {
    Entry entry = entry(name);
    DType dtype =
        switch (entry.dtype) {
          case "F32" -> DType.F32;
          case "F64" -> DType.F64;
          case "BF16" -> DType.BF16;
          case "F16" -> DType.F16;
          case "I32" -> DType.I32;
          case "U8" -> DType.U8;
          default ->
              throw new ModelException(
                  "%s: tensor '%s' is %s; supported are F32, F64, BF16, F16, I32, U8"
                      .formatted(path, name, entry.dtype));
        };
    return new Tensor(dtype, entry.shape, new Storage.Host(bytes(name)), 0);
  }

  /** The raw bytes of a tensor of any type. */
  public MemorySegment bytes(String name) {
    Entry entry = entry(name);
    return data.asSlice(entry.begin, entry.end - entry.begin);
  }

  private Entry entry(String name) {
    Entry entry = entries.get(name);
    if (entry == null) {
      throw new ModelException("%s has no tensor '%s'".formatted(path, name));
    }
    return entry;
  }

  private void parse(byte[] header) {
    JsonNode root;
    try {
      root = HEADER.readTree(header);
    } catch (JsonProcessingException e) {
      throw new ModelException(path + ": the header is not JSON: " + Json.reason(e), e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    require(
        root != null && root.isObject() && header[0] != BYTE_ORDER_MARK,
        "the header is not a JSON object");
    for (Map.Entry<String, JsonNode> field : root.properties()) {
      if (field.getKey().equals("__metadata__")) {
        requireMetadata(field.getValue());
      } else {
        entries.put(field.getKey(), parseEntry(field.getKey(), field.getValue()));
      }
    }
  }

  private void requireMetadata(JsonNode node) {
    require(node.isObject() || node.isNull(), "__metadata__ is no object: " + node);
    for (Map.Entry<String, JsonNode> field : node.properties()) {
      require(
          field.getValue().isTextual(),
          "__metadata__ has '%s', which is no string: %s"
              .formatted(field.getKey(), field.getValue()));
    }
  }

  private Entry parseEntry(String name, JsonNode node) {
    JsonNode dims = node.path("shape");
    JsonNode offsets = node.path("data_offsets");
    require(
        node.path("dtype").isTextual()
            && dims.isArray()
            && offsets.isArray()
            && offsets.size() == 2
            && isLong(offsets.get(0))
            && isLong(offsets.get(1)),
        "tensor '%s' lacks dtype, shape or data_offsets".formatted(name));
    long[] shape = new long[dims.size()];
    for (int i = 0; i < shape.length; i++) {
      require(
          isLong(dims.get(i)) && dims.get(i).asLong() >= 0,
          "tensor '%s' has a bad shape %s".formatted(name, dims));
      shape[i] = dims.get(i).asLong();
    }
    String dtype = node.path("dtype").asText();
    long begin = offsets.get(0).asLong();
    long end = offsets.get(1).asLong();
    Shape extents;
    long bits;
    try {
      extents = Shape.of(shape);
      bits = Math.multiplyExact(extents.elements(), elementBits(name, dtype));
    } catch (ArithmeticException | IllegalArgumentException e) {
      throw new ModelException("%s: tensor '%s' is too large: %s".formatted(path, name, dims), e);
    }
    require(
        begin >= 0 && end >= begin && end <= data.byteSize(),
        "tensor '%s' claims bytes %d to %d, but the file holds %d: it is truncated"
            .formatted(name, begin, end, data.byteSize()));
    require(
        bits % 8 == 0,
        "tensor '%s' %s %s has %d bits, no whole bytes".formatted(name, dtype, extents, bits));
    require(
        end - begin == bits / 8,
        "tensor '%s' %s %s needs %d bytes but has %d"
            .formatted(name, dtype, extents, bits / 8, end - begin));
    return new Entry(dtype, extents, begin, end);
  }

  private static boolean isLong(JsonNode node) {
    return node.isIntegralNumber() && node.canConvertToLong();
  }

  private long elementBits(String name, String dtype) {
    return switch (dtype) {
      case "F64", "I64", "U64", "C64" -> 64;
      case "F32", "I32", "U32" -> 32;
      case "F16", "BF16", "I16", "U16" -> 16;
      case "I8", "U8", "BOOL" -> 8;
      case "F8_E4M3", "F8_E5M2", "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ" -> 8;
      case "F6_E2M3", "F6_E3M2" -> 6;
      case "F4" -> 4;
      default ->
          throw new ModelException(
              "%s: tensor '%s' has the unknown type '%s'".formatted(path, name, dtype));
    };
  }

  private void checkRanges() {
    List<Map.Entry<String, Entry>> byPlace = new ArrayList<>(entries.entrySet());
    byPlace.sort(
        Comparator.<Map.Entry<String, Entry>>comparingLong(e -> e.getValue().begin)
            .thenComparingLong(e -> e.getValue().end));
    for (int i = 1; i < byPlace.size(); i++) {
      Entry before = byPlace.get(i - 1).getValue();
      require(
          before.end <= byPlace.get(i).getValue().begin,
          "tensors '%s' and '%s' overlap"
              .formatted(byPlace.get(i - 1).getKey(), byPlace.get(i).getKey()));
    }
    long covered = 0;
    for (Map.Entry<String, Entry> tensor : byPlace) {
      long begin = tensor.getValue().begin;
      require(
          begin == covered,
          "bytes %d to %d, before tensor '%s', are no tensor's"
              .formatted(covered, begin, tensor.getKey()));
      covered = tensor.getValue().end;
    }
    require(
        covered == data.byteSize(),
        "its tensors take %d bytes, but it holds %d".formatted(covered, data.byteSize()));
  }

  private void require(boolean condition, String complaint) {
    if (!condition) {
      throw new ModelException(path + " is not a valid safetensors file: " + complaint);
    }
  }

  @Override
  public void close() {
    arena.close();
  }
}
