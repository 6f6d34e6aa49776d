package dev.sifter.train.data.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DatasetReaderTest {
  @TempDir private Path folder;

  private String write(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text).toString();
  }

  private static List<DataRecord> read(String... patterns) {
    List<DataRecord> records = new ArrayList<>();
    try (DatasetReader reader = DatasetReader.open(List.of(patterns))) {
      reader.forEachRemaining(record -> records.add(record.parse()));
    }
    return records;
  }

  @Test
  void numbersLinesAndRecords() throws IOException {
    String first = write("a.jsonl", "\uFEFF{\"text\":\"x\"}\n\n  \r\n{\"text\":\"y\"}\r\n");
    String second = write("b.jsonl", "{\"text\":\"z\"}");

    assertThat(read(first, second))
        .extracting(record -> record.origin() + " " + record.fields().get("text").asText())
        .containsExactly(
            first + ":1 (record 0) x", first + ":4 (record 1) y", second + ":1 (record 2) z");
  }

  /** Lines shorter and longer than the 65,536 bytes that are read at once; the sixth ends there. */
  @Test
  void linesGoOnBeyondWhatIsReadAtOnce() throws IOException {
    List<String> texts =
        IntStream.of(1, 40_000, 70_000, 0, 200_000, 17_607, 3)
            .mapToObj(length -> "x".repeat(length))
            .toList();
    String lines =
        texts.stream().map("{\"text\":\"%s\"}"::formatted).collect(Collectors.joining("\n"));

    for (String end : List.of("", "\n")) {
      assertThat(read(write("long.jsonl", lines + end)))
          .extracting(record -> record.fields().get("text").asText())
          .isEqualTo(texts);
    }
  }

  @Test
  void readsArraysAndGzip() throws IOException {
    Path zipped = folder.resolve("c.jsonl.gz");
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(zipped))) {
      out.write("{\"text\":\"zipped\"}\n".getBytes(StandardCharsets.UTF_8));
    }
    String array = write("d.json", " [\n {\"text\": 1},\n\n {\"text\":\n 2} ]\n");

    assertThat(read(zipped.toString(), array))
        .extracting(record -> record.origin().line() + ":" + record.fields().get("text").asText())
        .containsExactly("1:zipped", "2:1", "4:2");
    assertThat(read(write("e.json", "[]"), write("f.jsonl", ""))).isEmpty();
  }

  @Test
  void findsFilesByGlobInOrder() throws IOException {
    Files.createDirectory(folder.resolve("sub"));
    write("b.jsonl", "{\"text\":\"b\"}");
    write("a.jsonl", "{\"text\":\"a\"}");
    write("a.txt", "not data");
    write("sub/c.jsonl", "{\"text\":\"c\"}");

    assertThat(read(folder + "/*.jsonl")).hasSize(2);
    assertThat(read(folder + "/{,**/}*.jsonl"))
        .extracting(record -> record.fields().get("text").asText())
        .containsExactly("a", "b", "c");
    assertThatThrownBy(() -> read(folder + "/*.csv"))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("*.csv");
    assertThat(read(folder.toString())).hasSize(3);
    assertThatThrownBy(DatasetReaderTest::read).hasMessageContaining("dataset_name");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"text\":\"x\"}#{\"text\":|:2 (record 1): not JSON",
        "{\"text\":\"x\"} {\"text\":\"y\"}|:1 (record 0): not JSON",
        "{\"text\":\"x\"}#[1]|:2 (record 1): a record is a JSON object",
        "[{\"text\":1},#3]|:2 (record 1): a record is a JSON object",
        "[{\"text\":1},#{\"text\"]|:2 (record 1): not JSON",
        "[{\"text\":1},#{\"text\":|:2 (record 1): the JSON array is not closed",
        "[{\"text\":1}|the JSON array is not closed",
        "once upon|:1 (record 0): not JSON",
        "once upon|plain text is read from files whose names end in .txt",
        "[{\"text\":1}] 2|something follows the JSON array",
      })
  void namesThePlaceOfAnError(String text, String message) throws IOException {
    String file = write("bad.json", text.replace('#', '\n'));

    assertThatThrownBy(() -> read(file))
        .isInstanceOf(DataException.class)
        .hasMessageContaining(file)
        .hasMessageContaining(message);
  }

  @Test
  void refusesWhatIsNotUtf8() throws IOException {
    Path file = folder.resolve("latin1.jsonl");
    Files.write(file, "{\"text\":\"é\"}".getBytes(StandardCharsets.ISO_8859_1));

    assertThatThrownBy(() -> read(file.toString()))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("not UTF-8");
  }

  /** It would be empty when the run is resumed. */
  @Test
  void aDeviceIsNoData() {
    Path device = Path.of("/dev/null");
    assumeTrue(Files.exists(device), "a device that every Unix has");
    assertThatThrownBy(() -> DatasetReader.open(List.of(device.toString())))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("/dev/null is a pipe or a device")
        .hasMessageContaining("write it to a file");
  }
}
