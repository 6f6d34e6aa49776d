package dev.sifter.train.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import dev.sifter.model.FileErrors;
import dev.sifter.model.Json;
import dev.sifter.train.data.record.DataException;
import dev.sifter.train.data.record.DatasetReader;
import java.io.BufferedReader;
import java.io.Console;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/** Reads what users hand to commands: files, or standard input under the name {@code -}. */
final class Inputs {
  /** More than any prompt or conversation; data sets are read record by record elsewhere. */
  private static final int MAX_BYTES = 1 << 28;

  private static final String STANDARD_INPUT = "standard input";

  /** What some editors begin files with. */
  private static final String BYTE_ORDER_MARK = "\uFEFF";

  private Inputs() {}

  /**
   * The records of a file, or of standard input.
   *
   * @throws DataException if there is no such file
   */
  static DatasetReader records(Path file) {
    return isStandard(file)
        ? DatasetReader.open(System.in, STANDARD_INPUT)
        : DatasetReader.open(List.of(file.toString()));
  }

  private static boolean isStandard(Path file) {
    return file.toString().equals("-");
  }

  /** What the file is called in messages. */
  static String name(Path file) {
    return isStandard(file) ? STANDARD_INPUT : file.toString();
  }

  /**
   * The whole text of a file, or of standard input.
   *
   * @throws IllegalArgumentException if there is no such file, or it is no UTF-8 text
   */
  static String text(Path file) {
    boolean standard = isStandard(file);
    try {
      if (!standard && Files.isDirectory(file)) {
        throw new IllegalArgumentException(file + " is a folder; a file is needed");
      }
      byte[] bytes =
          standard ? System.in.readNBytes(MAX_BYTES + 1) : Files.readAllBytes(checked(file));
      if (bytes.length > MAX_BYTES) {
        throw tooLarge(file);
      }
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (NoSuchFileException e) {
      throw new IllegalArgumentException(file + " does not exist", e);
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException(name(file) + " is not UTF-8 text", e);
    } catch (IOException e) {
      throw FileErrors.because("cannot read " + name(file), e);
    }
  }

  private static Path checked(Path file) throws IOException {
    if (Files.size(file) > MAX_BYTES) {
      throw tooLarge(file);
    }
    return file;
  }

  private static IllegalArgumentException tooLarge(Path file) {
    return new IllegalArgumentException(
        "%s has more than %d bytes".formatted(name(file), MAX_BYTES));
  }

  /**
   * The JSON of a conversation in a file, with or without a byte order mark.
   *
   * @throws IllegalArgumentException if it cannot be read, with the place of the error, or if more
   *     follows it
   */
  static JsonNode conversation(Path file) {
    String text = text(file);
    try {
      return Json.reader().readTree(text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text);
    } catch (MismatchedInputException e) {
      throw new IllegalArgumentException(
          name(file) + " holds several conversations; --messages takes one", e);
    } catch (JsonProcessingException e) {
      int line = e.getLocation() == null ? 0 : e.getLocation().getLineNr();
      throw new IllegalArgumentException(
          "%s is not JSON: line %d: %s".formatted(name(file), line, Json.reason(e)), e);
    }
  }

  /** Standard input as lines of UTF-8; what is no UTF-8 is an error. */
  static BufferedReader lines() {
    return new BufferedReader(
        new InputStreamReader(System.in, StandardCharsets.UTF_8.newDecoder()));
  }

  /** Whether a person sits before this program. */
  static boolean isTerminal() {
    Console console = System.console();
    return console != null && console.isTerminal();
  }
}
