package dev.sifter.train.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointFoldersTest {
  @TempDir Path output;

  private static void fill(Path folder, int files) throws IOException {
    Files.createDirectories(folder);
    for (int i = 0; i < files; i++) {
      Files.writeString(folder.resolve("file-" + i), "contents");
    }
  }

  @Test
  void neverShowsHalfACheckpointWhileOneIsRemoved() throws Exception {
    int files = 3000;
    Path checkpoint = CheckpointFolders.of(output, 7);
    fill(checkpoint, files);
    CountDownLatch watching = new CountDownLatch(1);
    CompletableFuture<Integer> fewest =
        CompletableFuture.supplyAsync(
            () -> {
              int seen = files;
              while (true) {
                String[] names = checkpoint.toFile().list();
                watching.countDown();
                if (names == null || Files.notExists(checkpoint)) {
                  return seen;
                }
                seen = Math.min(seen, names.length);
              }
            });
    watching.await();
    CheckpointFolders.remove(checkpoint);
    assertThat(fewest.get()).isEqualTo(files);
    assertThat(output).isEmptyDirectory();
  }

  @Test
  void takesAwayWhatAKilledProcessLeft() throws IOException {
    fill(output.resolve(".checkpoint-3.partial"), 2);
    fill(output.resolve(".checkpoint-1.removed"), 2);
    fill(output.resolve(".checkpoints"), 1);
    fill(CheckpointFolders.of(output, 2), 1);
    CheckpointFolders.write(output, 4, folder -> fill(folder, 1));
    assertThat(output.toFile().list())
        .containsExactlyInAnyOrder(".checkpoints", "checkpoint-2", "checkpoint-4");
  }

  @Test
  void replacesACheckpointOfTheSameStepOnlyByAWholeOne() throws IOException {
    CheckpointFolders.write(output, 5, folder -> fill(folder, 3));
    Path checkpoint = CheckpointFolders.of(output, 5);
    assertThatThrownBy(
            () ->
                CheckpointFolders.write(
                    output,
                    5,
                    folder -> {
                      fill(folder, 1);
                      throw new IOException("no room");
                    }))
        .hasMessage("no room");
    assertThat(checkpoint.toFile().list()).hasSize(3);
    CheckpointFolders.write(output, 5, folder -> fill(folder, 2));
    assertThat(checkpoint.toFile().list()).hasSize(2);
    assertThat(output.toFile().list()).containsExactly("checkpoint-5");
  }

  @Test
  void countsSteps() throws IOException {
    for (long step : new long[] {100, 9, 20}) {
      CheckpointFolders.write(output, step, folder -> fill(folder, 1));
    }
    fill(output.resolve("checkpoint-x"), 1);
    fill(output.resolve("checkpoint-99999999999999999999"), 1);
    assertThat(CheckpointFolders.all(output))
        .extracting(CheckpointFolders::step)
        .containsExactly(9L, 20L, 100L);
    assertThat(CheckpointFolders.all(output.resolve("none"))).isEmpty();
  }
}
