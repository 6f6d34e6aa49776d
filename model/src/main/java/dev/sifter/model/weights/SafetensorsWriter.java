package dev.sifter.model.weights;

import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.engine.tensor.Tensor;
import dev.sifter.model.AtomicFiles;
import dev.sifter.model.Json;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;

/** Writes the safetensors format; a file appears whole or not at all. */
public final class SafetensorsWriter {
  private static final int COPY_BYTES = 1 << 20;

  private SafetensorsWriter() {}

  /**
   * Writes tensors, wherever they lie, in the map's order, with the metadata {@code {"format":
   * "pt"}} that transformers asks for.
   */
  public static void write(Path file, Map<String, Tensor> tensors) {
    AtomicFiles.write(file, out -> writeTo(out, tensors));
  }

  private static void writeTo(OutputStream out, Map<String, Tensor> tensors) throws IOException {
    byte[] header = header(tensors);
    out.write(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(header.length).array());
    out.write(header);
    byte[] buffer = new byte[COPY_BYTES];
    for (Tensor tensor : tensors.values()) {
      for (long at = 0; at < tensor.byteSize(); at += buffer.length) {
        int length = (int) Math.min(buffer.length, tensor.byteSize() - at);
        tensor.read(at, MemorySegment.ofArray(buffer).asSlice(0, length));
        out.write(buffer, 0, length);
      }
    }
  }

  private static byte[] header(Map<String, Tensor> tensors) throws IOException {
    ObjectNode root = Json.mapper().createObjectNode();
    root.putObject("__metadata__").put("format", "pt");
    long offset = 0;
    for (Map.Entry<String, Tensor> entry : tensors.entrySet()) {
      Tensor tensor = entry.getValue();
      ObjectNode node = root.putObject(entry.getKey());
      node.put("dtype", tensor.dtype().name());
      ArrayNode shape = node.putArray("shape");
      Arrays.stream(tensor.shape().dims()).forEach(shape::add);
      node.putArray("data_offsets").add(offset).add(offset + tensor.byteSize());
      offset += tensor.byteSize();
    }
    byte[] json =
        Json.mapper().writer().without(SerializationFeature.INDENT_OUTPUT).writeValueAsBytes(root);
    // Padded with spaces so that the data begins at a multiple of 8, as the format recommends.
    byte[] padded = Arrays.copyOf(json, Math.ceilDiv(json.length, 8) * 8);
    Arrays.fill(padded, json.length, padded.length, (byte) ' ');
    return padded;
  }
}
