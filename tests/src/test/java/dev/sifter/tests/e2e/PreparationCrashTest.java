package dev.sifter.tests.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Preparation that is killed half-way is never half-read: the next one starts clean. */
class PreparationCrashTest {
  private static final int RECORDS = 30_000;
  private static final long PATIENCE_SECONDS = 120;

  /** The writer hands a file a megabyte at a time. */
  private static final long[] KILL_AT_BYTES = {1, 1 << 20, 3 << 20};

  @TempDir Path folder;

  @Test
  void startsCleanAfterBeingKilled() throws Exception {
    Path model = TinyModel.SMALLEST.write(folder.resolve("model"));
    Path data = data();
    Path kept = Files.createDirectories(folder.resolve("kept"));
    for (long bytes : KILL_AT_BYTES) {
      killAt(bytes, model, data, kept);
      assertThat(names(kept)).isNotEmpty().allMatch(name -> name.endsWith(".partial"));
    }
    PreparingRun.prepare(model, data, kept);
    Path straight = folder.resolve("straight");
    PreparingRun.prepare(model, data, straight);

    assertThat(names(kept)).hasSize(1).isEqualTo(names(straight));
    String name = names(kept).getFirst();
    assertThat(Files.mismatch(kept.resolve(name), straight.resolve(name))).isEqualTo(-1);
  }

  private Path data() throws IOException {
    Path data = folder.resolve("data.jsonl");
    try (PrintWriter out = new PrintWriter(Files.newBufferedWriter(data, StandardCharsets.UTF_8))) {
      for (int i = 0; i < RECORDS; i++) {
        out.println(
            ("{\"messages\":[{\"role\":\"user\",\"content\":\"the user asks %d\"},"
                    + "{\"role\":\"assistant\",\"content\":\"%s %d\"}]}")
                .formatted(i, "the model answers ".repeat(1 + i % 7), i));
      }
    }
    return data;
  }

  private void killAt(long bytes, Path model, Path data, Path kept) throws Exception {
    Path log = folder.resolve("process.log");
    List<String> left = names(kept);
    Process process =
        ChildJvm.start(log, PreparingRun.class, model.toString(), data.toString(), kept.toString());
    try {
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
      while (written(kept, left) < bytes) {
        assertThat(process.isAlive()).as(() -> read(log)).isTrue();
        assertThat(System.nanoTime()).as("waiting for " + bytes).isLessThan(deadline);
        Thread.sleep(1);
      }
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  private static String read(Path log) {
    try {
      return Files.readString(log);
    } catch (IOException e) {
      return e.toString();
    }
  }

  /** What the process that is at work has written so far. */
  private static long written(Path kept, List<String> left) throws IOException {
    long most = 0;
    for (String name : names(kept)) {
      if (!left.contains(name)) {
        most = Math.max(most, Files.size(kept.resolve(name)));
      }
    }
    return most;
  }

  private static List<String> names(Path kept) throws IOException {
    try (Stream<Path> files = Files.list(kept)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }
}
