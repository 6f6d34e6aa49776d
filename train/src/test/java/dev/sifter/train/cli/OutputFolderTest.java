package dev.sifter.train.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutputFolderTest {
  private static void writeShardsUpTo(Path folder, int shards) {
    try {
      Files.createDirectories(folder.resolve("sub"));
      for (int i = 1; i <= shards; i++) {
        Files.writeString(folder.resolve("sub/model-%05d".formatted(i)), "weights");
      }
      throw new IOException("No space left on device");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void aNewFolderIsGoneWhereWritingFails(@TempDir Path files) {
    Path folder = files.resolve("merged");
    assertThatThrownBy(() -> OutputFolder.fill(folder, () -> writeShardsUpTo(folder, 2)))
        .hasMessageContaining("No space left");
    assertThat(folder).doesNotExist();
  }

  @Test
  void aCheckLeavesNothing(@TempDir Path files) throws IOException {
    OutputFolder.requireWritable("--output", files);
    OutputFolder.requireWritable("--output", files.resolve("new"));
    assertThat(files).isEmptyDirectory();
    Path file = Files.writeString(files.resolve("file"), "");
    assertThatThrownBy(() -> OutputFolder.requireWritable("--output", file.resolve("in")))
        .hasMessageStartingWith(
            "--output %s: nothing can be written".formatted(file.resolve("in")));
  }

  @Test
  void anEmptyFolderIsEmptyAgainWhereWritingFails(@TempDir Path folder) {
    assertThatThrownBy(() -> OutputFolder.fill(folder, () -> writeShardsUpTo(folder, 1)))
        .hasNoSuppressedExceptions();
    assertThat(folder).isEmptyDirectory();
  }
}
