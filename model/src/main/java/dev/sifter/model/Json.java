package dev.sifter.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.regex.Pattern;

/** Reads and writes the JSON files of model folders; a failure names the file and the place. */
public final class Json {
  private static final ObjectMapper MAPPER =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  private static final ObjectReader READER =
      MAPPER.reader().with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  /** Jackson's own words for a place, which name what it was told to leave out of them. */
  private static final Pattern WHERE = Pattern.compile(" \\(start marker at \\[.*?]\\)");

  private Json() {}

  /** The shared mapper, for trees. */
  public static ObjectMapper mapper() {
    return MAPPER;
  }

  /** A reader of trees for texts that are one value: what stands behind it is an error. */
  public static ObjectReader reader() {
    return READER;
  }

  /**
   * The object in a file.
   *
   * @throws ModelException if the file is absent, is not JSON, or holds something else
   */
  public static ObjectNode readObject(Path file) {
    try {
      JsonNode node = READER.readTree(Files.readAllBytes(file));
      if (node instanceof ObjectNode object) {
        return object;
      }
      throw new ModelException(file + ": a JSON object was expected");
    } catch (NoSuchFileException e) {
      throw new ModelException(file + " does not exist", e);
    } catch (JsonProcessingException e) {
      throw new ModelException(
          "%s is not JSON: line %d, column %d: %s"
              .formatted(
                  file,
                  e.getLocation() == null ? 0 : e.getLocation().getLineNr(),
                  e.getLocation() == null ? 0 : e.getLocation().getColumnNr(),
                  reason(e)),
          e);
    } catch (IOException e) {
      throw FileErrors.because("cannot read " + file, e);
    }
  }

  /** Why something is not JSON, without where: that is said in other words. */
  public static String reason(JsonProcessingException e) {
    return WHERE.matcher(e.getOriginalMessage()).replaceAll("");
  }

  /** Writes a tree, indented, beside the target and then renamed over it. */
  public static void write(Path file, JsonNode tree) {
    AtomicFiles.write(file, out -> MAPPER.writeValue(out, tree));
  }
}
