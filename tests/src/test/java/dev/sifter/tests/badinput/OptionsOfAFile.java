package dev.sifter.tests.badinput;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sifter.train.config.ConfigReader;
import dev.sifter.train.sft.SftConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;

/** Tests of options in a file and on the command line. */
abstract class OptionsOfAFile {
  @TempDir Path folder;

  SftConfig read(String yaml, String... overrides) {
    Path file = folder.resolve("run.yaml");
    try {
      Files.writeString(file, yaml);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return ConfigReader.read(file, List.of(overrides), SftConfig.class);
  }

  void assertRefused(String yaml, String... parts) {
    var refusal =
        assertThatThrownBy(() -> read(yaml))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("run.yaml");
    for (String part : parts) {
      refusal.hasMessageContaining(part);
    }
  }
}
