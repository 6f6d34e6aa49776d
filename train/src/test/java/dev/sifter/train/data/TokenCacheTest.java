package dev.sifter.train.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.model.tokenizer.Tokenizer;
import dev.sifter.train.data.record.DataSource;
import dev.sifter.train.data.record.DatasetMixture;
import dev.sifter.train.data.record.RecordFormat;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What is read back from a file is what was prepared in memory, whatever the number of threads. */
class TokenCacheTest {
  private static final int RECORDS = 3_000;

  private final Tokenizer tokenizer = TinyTokenizer.create();

  @TempDir private Path folder;

  /** Closed before the folder is deleted: Windows deletes no file whose rows can be read. */
  private final Arena lifetime = Arena.ofConfined();

  @AfterEach
  void letGo() {
    lifetime.close();
  }

  /** Records of every kind that needs no template, some with labels of their own. */
  private Path data(long seed) throws IOException {
    Random random = new Random(seed);
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < RECORDS; i++) {
      String text = "x".repeat(1 + random.nextInt(40)) + i;
      lines.append(
          switch (i % 4) {
            case 0 -> "{\"text\":\"%s\"}%n".formatted(text);
            case 1 -> "{\"prompt\":\"%s\",\"completion\":\"yes\"}%n".formatted(text);
            case 2 -> "{\"input_ids\":[65,66,67,130],\"labels\":[-100,66,-100,130]}%n".formatted();
            default -> "{\"input_ids\":[65,66,130],\"labels\":[70,-100,130]}%n".formatted();
          });
    }
    return Files.writeString(folder.resolve("data.jsonl"), lines);
  }

  private DataConfig.Builder config(Path data) {
    return DataConfig.builder().files(List.of(data.toString())).maxLength(24);
  }

  private PreparedDataset prepare(DataConfig.Builder config) {
    return prepare(config, lifetime);
  }

  private PreparedDataset prepare(DataConfig.Builder config, Arena rows) {
    return SftPreparation.prepare(config.build(), tokenizer, null, PreparationListener.NONE, rows);
  }

  /** What is prepared, whose file is let go at once. */
  private List<String> preparedLists(DataConfig.Builder config) {
    try (Arena rows = Arena.ofConfined()) {
      return lists(prepare(config, rows));
    }
  }

  private static List<String> lists(PreparedDataset data) {
    return data.examples().stream()
        .map(
            row ->
                Arrays.toString(row.inputIds())
                    + Arrays.toString(row.labels())
                    + Arrays.toString(row.documentLengths()))
        .toList();
  }

  private List<Path> kept() throws IOException {
    try (Stream<Path> files = Files.list(folder.resolve("kept"))) {
      return files.sorted().toList();
    }
  }

  /** Whether a file is there only because its rows can still be read. */
  private static boolean isHeldByWindows(Path file) {
    return OS.WINDOWS.isCurrentOs() && file.toString().endsWith(TokenFileWriter.PARTIAL);
  }

  @Test
  void aFileIsHeldOnlyAsLongAsItsRows() throws IOException {
    Path data = data(4);
    PreparedDataset prepared;
    try (Arena rows = Arena.ofConfined()) {
      prepared = prepare(config(data).preparedPath(folder.resolve("kept")), rows);
      assertThat(prepared.examples().get(0).length()).isPositive();
    }
    assertThatThrownBy(() -> prepared.examples().get(0)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void fileAndMemoryAndThreadsAgree() throws IOException {
    Path data = data(1);
    Path kept = folder.resolve("kept");
    for (PackingStrategy packing :
        new PackingStrategy[] {null, PackingStrategy.BFD, PackingStrategy.WRAPPED}) {
      PreparedDataset memory = prepare(config(data).packing(packing).numProc(1));
      for (int threads : new int[] {1, 2, 5}) {
        Path own = kept.resolveSibling("kept-" + threads);
        for (int round = 0; round < 2; round++) {
          PreparedDataset file =
              prepare(config(data).packing(packing).preparedPath(own).numProc(threads));
          assertThat(lists(file)).isEqualTo(lists(memory));
          assertThat(file.statistics().formats()).isEqualTo(memory.statistics().formats());
          assertThat(file.statistics().lengths()).isEqualTo(memory.statistics().lengths());
          assertThat(file.statistics().trainedTokens())
              .isEqualTo(memory.statistics().trainedTokens());
          assertThat(file.statistics().table().origin(RECORDS - 1))
              .isEqualTo(memory.statistics().table().origin(RECORDS - 1));
          assertThat(file.statistics().table().hash(7))
              .isEqualTo(memory.statistics().table().hash(7));
          assertThat(file.warnings()).isEqualTo(memory.warnings());
        }
      }
    }
  }

  @Test
  void theSameBytesWhateverTheThreads() throws IOException {
    Path data = data(2);
    byte[] one = null;
    for (int threads : new int[] {1, 3, 8}) {
      Path own = folder.resolve("bytes-" + threads);
      prepare(config(data).preparedPath(own).numProc(threads));
      try (Stream<Path> files = Files.list(own)) {
        byte[] bytes = Files.readAllBytes(files.findFirst().orElseThrow());
        assertThat(one == null || Arrays.equals(one, bytes)).as(threads + " threads").isTrue();
        one = bytes;
      }
    }
  }

  @Test
  void otherDataOrSettingsHaveAnotherKey() throws IOException {
    Path data = data(1);
    Path kept = folder.resolve("kept");
    prepare(config(data).preparedPath(kept));
    prepare(config(data).preparedPath(kept).numProc(2));
    prepare(config(data).preparedPath(kept).shuffleDataset(true, 3));
    assertThat(kept()).hasSize(1);

    prepare(config(data).preparedPath(kept).maxLength(25));
    prepare(config(data).preparedPath(kept).completionOnlyLoss(null).packing(PackingStrategy.BFD));
    DatasetMixture some =
        new DatasetMixture(
            DatasetMixture.of(List.of(data.toString())).sources(),
            100L,
            null,
            DatasetMixture.Part.TRAIN,
            0);
    prepare(config(data).data(some).preparedPath(kept));
    assertThat(kept()).hasSize(4);
    prepare(config(data).data(formatted(data, "a")).preparedPath(kept));
    prepare(config(data).data(formatted(data, "b")).preparedPath(kept));
    assertThat(kept()).hasSize(6);
    data(99);
    prepare(config(data).preparedPath(kept));
    assertThat(kept()).hasSize(7);
  }

  private static DatasetMixture formatted(Path data, String text) {
    ObjectNode format = JsonNodeFactory.instance.objectNode().put("text", text);
    DataSource source =
        new DataSource(
            List.of(data.toString()),
            "train",
            null,
            List.of(),
            null,
            new RecordFormat(format),
            null);
    return new DatasetMixture(List.of(source), null, null, DatasetMixture.Part.TRAIN, 0);
  }

  @Test
  void aFileThatIsCutOffOrSpoiledIsPreparedAnew() throws IOException {
    Path data = data(1);
    Path kept = folder.resolve("kept");
    List<String> rows = preparedLists(config(data).preparedPath(kept));
    Path file = kept().getFirst();
    byte[] whole = Files.readAllBytes(file);
    for (int length : new int[] {0, 7, 100, whole.length / 2, whole.length - 1}) {
      Files.write(file, Arrays.copyOf(whole, length));
      assertThat(preparedLists(config(data).preparedPath(kept))).isEqualTo(rows);
      assertThat(Files.readAllBytes(file)).isEqualTo(whole);
    }
  }

  @Test
  void refusedDataIsNotKept() throws IOException {
    Path data = data(1);
    Files.writeString(data, Files.readString(data) + "{\"text\":17}\n");
    Path kept = folder.resolve("kept");
    DataConfig.Builder config = config(data).preparedPath(kept);

    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(() -> prepare(config))
          .hasMessageContaining("data.jsonl:%d".formatted(RECORDS + 1));
      PreparedDataset inspected =
          SftPreparation.inspect(
              config.build(), tokenizer, null, PreparationListener.NONE, lifetime);
      assertThat(inspected.refusals()).hasSize(1);
      assertThat(inspected.examples().size()).isPositive();
      assertThat(lists(inspected)).isNotEmpty();
      assertThat(kept()).allMatch(TokenCacheTest::isHeldByWindows);
    }
  }

  @Test
  void whatIsLeftOfAKilledProcessIsDeleted() throws IOException {
    Path data = data(1);
    Path kept = Files.createDirectories(folder.resolve("kept"));
    Path left = Files.writeString(kept.resolve("0123.tokens.77.partial"), "half");

    prepare(config(data).preparedPath(kept));
    assertThat(left).doesNotExist();
    assertThat(kept()).hasSize(1);
  }

  /** Such as another user's, or one that its process renamed after the folder was listed. */
  @Test
  void whatCannotBeOpenedIsNoneOfOurs() throws IOException {
    Path kept = Files.createDirectories(folder.resolve("kept"));
    Path others = Files.createDirectory(kept.resolve("0123.tokens.79.partial"));

    prepare(config(data(1)).preparedPath(kept));
    assertThat(others).isDirectory();
    assertThat(kept()).hasSize(2);
  }

  @Test
  void whatCannotBeDeletedStays() throws IOException {
    Path held = Files.createDirectories(folder.resolve("0123.tokens.78.partial").resolve("inside"));
    TokenFileWriter.deleteIfFree(held.getParent());
    assertThat(held).isDirectory();
  }
}
