package dev.sifter.model.weights;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.sifter.engine.tensor.DType;
import dev.sifter.model.Json;
import dev.sifter.model.ModelException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * What bitsandbytes writes beside a 4-bit weight, as JSON in a tensor of bytes.
 *
 * @param dtype the type that the weight had, and is unpacked to
 * @param rows rows of the weight
 * @param columns columns of the weight
 * @param nestedOffset the mean of the scales; null where these are not in 8 bits
 */
public record QuantState(DType dtype, long rows, long columns, Float nestedOffset) {
  /** The tensor that holds it, after the weight's name. */
  public static final String SUFFIX = ".quant_state.bitsandbytes__nf4";

  /** Scales of the blocks: fp32, or codes of 8 bits. */
  public static final String ABSMAX = ".absmax";

  /** The 16 values. */
  public static final String QUANT_MAP = ".quant_map";

  /** Scales of the scales. */
  public static final String NESTED_ABSMAX = ".nested_absmax";

  /** The 256 values of the scales. */
  public static final String NESTED_QUANT_MAP = ".nested_quant_map";

  /**
   * Reads the bytes.
   *
   * @param weight its name, for messages
   * @throws ModelException if they are not what bitsandbytes writes, or block sizes differ
   */
  public static QuantState read(byte[] bytes, String weight) {
    JsonNode node;
    try {
      node = Json.mapper().readTree(bytes);
    } catch (JsonProcessingException e) {
      throw new ModelException("'%s%s' is not JSON".formatted(weight, SUFFIX), e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    boolean nested = node.has("nested_offset");
    boolean usual =
        node.path("quant_type").asText().equals("nf4")
            && node.path("blocksize").asInt() == Nf4.BLOCK_SIZE
            && node.path("shape").size() == 2
            && (!nested || node.path("nested_blocksize").asInt() == Nf4.NESTED_BLOCK_SIZE);
    if (!usual) {
      throw new ModelException(
          "'%s' is quantised as %s; supported is nf4 in blocks of %d, nested in blocks of %d"
              .formatted(weight, node, Nf4.BLOCK_SIZE, Nf4.NESTED_BLOCK_SIZE));
    }
    return new QuantState(
        dtype(node.path("dtype").asText(), weight),
        node.path("shape").path(0).asLong(),
        node.path("shape").path(1).asLong(),
        nested ? (float) node.path("nested_offset").asDouble() : null);
  }

  private static DType dtype(String name, String weight) {
    return switch (name) {
      case "float32" -> DType.F32;
      case "bfloat16" -> DType.BF16;
      case "float16" -> DType.F16;
      default ->
          throw new ModelException(
              "'%s' was of type '%s' before; supported are float32, bfloat16, float16"
                  .formatted(weight, name));
    };
  }

  /** The bytes, in Python's spacing, as bitsandbytes has them. */
  public byte[] bytes() {
    String name =
        switch (dtype) {
          case BF16 -> "bfloat16";
          case F16 -> "float16";
          default -> "float32";
        };
    String nested =
        nestedOffset == null
            ? ""
            : String.format(
                Locale.ROOT,
                ", \"nested_blocksize\": %d, \"nested_dtype\": \"float32\", \"nested_offset\": %s",
                Nf4.NESTED_BLOCK_SIZE,
                Double.toString(nestedOffset));
    return String.format(
            Locale.ROOT,
            "{\"quant_type\": \"nf4\", \"blocksize\": %d, \"dtype\": \"%s\", \"shape\": [%d,"
                + " %d]%s}",
            Nf4.BLOCK_SIZE,
            name,
            rows,
            columns,
            nested)
        .getBytes(StandardCharsets.UTF_8);
  }
}
