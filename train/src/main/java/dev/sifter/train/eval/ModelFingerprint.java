package dev.sifter.train.eval;

import dev.sifter.model.FileErrors;
import dev.sifter.model.Hashes;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/** Tells models apart by what they compute: the bytes of weights, configuration and tokenizer. */
public final class ModelFingerprint {
  private static final List<String> ENDINGS =
      List.of(".safetensors", ".gguf", ".json", ".model", ".txt", ".tiktoken", ".jinja");

  private static final int CHUNK = 1 << 20;

  private ModelFingerprint() {}

  /**
   * The fingerprint of a model, in hexadecimal.
   *
   * @param adapter null for none
   * @param device the backend's name: answers of different devices differ in their last digits
   * @throws UncheckedIOException if a file cannot be read
   */
  public static String of(Path model, Path adapter, String device) {
    MessageDigest digest = Hashes.sha256();
    digest.update(device.getBytes(StandardCharsets.UTF_8));
    add(digest, model);
    if (adapter != null) {
      digest.update((byte) '+');
      add(digest, adapter);
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private static void add(MessageDigest digest, Path folder) {
    byte[] chunk = new byte[CHUNK];
    try {
      for (Path file : files(folder)) {
        digest.update(
            (file.getFileName() + " " + Files.size(file)).getBytes(StandardCharsets.UTF_8));
        try (InputStream in = Files.newInputStream(file)) {
          for (int count = in.read(chunk); count >= 0; count = in.read(chunk)) {
            digest.update(chunk, 0, count);
          }
        }
      }
    } catch (IOException e) {
      throw FileErrors.because("cannot read the files of " + folder, e);
    }
  }

  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> ENDINGS.stream().anyMatch(file.toString()::endsWith))
          .filter(Files::isRegularFile)
          .sorted()
          .toList();
    }
  }
}
