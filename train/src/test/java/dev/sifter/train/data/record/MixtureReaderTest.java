package dev.sifter.train.data.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sifter.train.data.record.DatasetMixture.Part;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MixtureReaderTest {
  @TempDir private Path folder;

  /** A file of records i with the fields {@code n} (name and i) and {@code i}. */
  private String records(String name, int count) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < count; i++) {
      lines.append("{\"n\":\"%s%d\",\"i\":%d}%n".formatted(name.charAt(0), i, i));
    }
    return Files.writeString(file, lines).toString();
  }

  private static DataSource source(String file, Double fraction) {
    return new DataSource(List.of(file), "train", null, List.of(), null, null, fraction);
  }

  private static List<String> read(DatasetMixture mixture) {
    List<RawRecord> given = new ArrayList<>();
    try (MixtureReader reader = MixtureReader.open(mixture)) {
      reader.forEachRemaining(given::add);
      List<String> names = new ArrayList<>();
      if (reader.order() == null) {
        given.forEach(record -> names.add(record.parse().fields().get("n").asText()));
        return names;
      }
      for (int number : reader.order()) {
        for (RawRecord record : given) {
          if (record.origin().record() == number) {
            names.add(record.parse().fields().get("n").asText());
          }
        }
      }
      return names;
    }
  }

  /** By TRL: of 6 and 4 records at 3 : 1 five and two thirds, 4/3 of 4 rounded. */
  @Test
  void sharesTakeTheFirstRecordsAndNoneTwice() throws IOException {
    List<DataSource> sources =
        List.of(source(records("a.jsonl", 6), 3.0), source(records("b.jsonl", 4), 1.0));

    assertThat(read(new DatasetMixture(sources, null, null, Part.TRAIN, 0)))
        .containsExactly("a0", "a1", "a2", "a3", "a4", "a5", "b0", "b1");
    assertThat(read(new DatasetMixture(sources, 2L, null, Part.TRAIN, 0)))
        .containsExactly("a0", "a1", "b0");
    assertThatThrownBy(
            () ->
                new DatasetMixture(
                    List.of(sources.get(0), source("x", null)), null, null, Part.TRAIN, 0))
        .hasMessageContaining("fraction is set for 1 of 2 datasets");
  }

  /** The expected numbers are those of {@code datasets.Dataset.train_test_split}. */
  @Test
  void splitsAsHuggingFaceDoes() throws IOException {
    List<DataSource> sources = List.of(source(records("a.jsonl", 12), null));
    DatasetMixture fifth = new DatasetMixture(sources, null, 0.2, Part.TRAIN, 42);
    DatasetMixture five = new DatasetMixture(sources, null, 5.0, Part.TRAIN, 7);

    assertThat(read(fifth)).containsExactly("a9", "a11", "a3", "a5", "a2", "a4", "a10", "a1", "a8");
    assertThat(read(fifth.withPart(Part.TEST))).containsExactly("a0", "a7", "a6");
    assertThat(read(five)).containsExactly("a3", "a8", "a7", "a2", "a5", "a9", "a11");
    assertThat(read(five.withPart(Part.TEST))).containsExactly("a4", "a6", "a10", "a0", "a1");
    assertThatThrownBy(() -> read(new DatasetMixture(sources, null, 12.0, Part.TEST, 7)))
        .hasMessageContaining("holds out 12 of 12 records");
  }

  /** {@code numpy.random.default_rng(seed).permutation(n)}. */
  @Test
  void permutesAsNumpyDoes() {
    assertThat(new NumpyGenerator(0).permutation(10)).containsExactly(4, 6, 2, 7, 3, 5, 9, 0, 8, 1);
    assertThat(new NumpyGenerator(1L << 31).permutation(9))
        .containsExactly(2, 3, 5, 7, 0, 8, 4, 6, 1);
    assertThat(new NumpyGenerator(123456789012L).permutation(8))
        .containsExactly(3, 4, 7, 0, 6, 5, 2, 1);
    ByteBuffer bytes = ByteBuffer.allocate(400_000).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asIntBuffer().put(new NumpyGenerator(42).permutation(100_000));
    CRC32 crc = new CRC32();
    crc.update(bytes.array());
    assertThat(crc.getValue()).isEqualTo(1963647290L);
  }

  @Test
  void takesColumns() throws IOException {
    DataSource source =
        new DataSource(
            List.of(records("a.jsonl", 1)), "train", null, List.of("i"), null, null, null);
    DataSource wrong =
        new DataSource(source.files(), "train", null, List.of("text"), null, null, null);

    try (MixtureReader reader =
        MixtureReader.open(new DatasetMixture(List.of(source), null, null, Part.TRAIN, 0))) {
      assertThat(reader.next().parse().fields().toString()).isEqualTo("{\"i\":0}");
    }
    try (MixtureReader reader =
        MixtureReader.open(new DatasetMixture(List.of(wrong), null, null, Part.TRAIN, 0))) {
      RawRecord record = reader.next();
      assertThatThrownBy(record::parse)
          .isInstanceOf(DataException.class)
          .hasMessageContainingAll("a.jsonl:1", "no column 'text'");
    }
  }

  @Test
  void findsTheFilesOfASplit() throws IOException {
    records("set/data/train-00000-of-00002.jsonl", 1);
    records("set/data/train-00001-of-00002.jsonl", 1);
    records("set/data/test-00000-of-00001.jsonl", 1);
    records("set/dataset_info.json", 1);
    records("plain/b.jsonl", 1);
    records("plain/readme.md", 1);

    assertThat(names("set", "train"))
        .containsExactly("train-00000-of-00002.jsonl", "train-00001-of-00002.jsonl");
    assertThat(names("set", "test")).containsExactly("test-00000-of-00001.jsonl");
    assertThat(names("plain", "train")).containsExactly("b.jsonl");
    assertThatThrownBy(() -> names("set", "validation"))
        .isInstanceOf(DataException.class)
        .hasMessageContainingAll("no file of the split 'validation'", "train-00000-of-00002.jsonl");
    assertThatThrownBy(() -> names("plain", "test")).hasMessageContaining("no file of the split");
  }

  private List<String> names(String set, String split) {
    return new DataSource(
            List.of(folder.resolve(set).toString()), split, null, List.of(), null, null, null)
        .paths().stream().map(path -> path.getFileName().toString()).toList();
  }
}
