package dev.sifter.train.data.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.github.luben.zstd.ZstdOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** CSV, TSV and Parquet, and what they are packed with. */
class TableFilesTest {
  @TempDir private Path folder;

  private Path write(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  private static List<DataRecord> read(Path file) {
    List<DataRecord> records = new ArrayList<>();
    try (DatasetReader reader = DatasetReader.open(List.of(file.toString()))) {
      reader.forEachRemaining(record -> records.add(record.parse()));
    }
    return records;
  }

  @Test
  void csvHasTextsAndJson() throws IOException {
    Path file =
        write(
            "a.csv",
            "\uFEFFprompt,completion,tools\r\n"
                + "\"a, \"\"b\"\"\nc\",007,\r\n"
                + "\r\n"
                + "é,\"\",\"[{\"\"name\"\":\"\"f\"\"}]\"\r\n");

    List<DataRecord> records = read(file);
    assertThat(records)
        .extracting(record -> record.fields().toString())
        .containsExactly(
            "{\"prompt\":\"a, \\\"b\\\"\\nc\",\"completion\":\"007\",\"tools\":null}",
            "{\"prompt\":\"é\",\"completion\":null,\"tools\":[{\"name\":\"f\"}]}");
    assertThat(records).extracting(record -> record.origin().line()).containsExactly(2L, 5L);
    assertThat(read(write("b.tsv", "text\tlabel\nx,y\t1\n")).getFirst().fields().toString())
        .isEqualTo("{\"text\":\"x,y\",\"label\":\"1\"}");
    assertThat(read(write("c.csv", ""))).isEmpty();
    assertThat(read(write("d.csv", "text\n"))).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "text,text#a,b|:1 (record 0): the first row names the columns, but 'text' is there twice",
        "text,#a,b|'' is blank",
        "text,label#a|not CSV",
        "text,label#a,b#a,b,c|(record 1): not CSV",
        "text#`a`b|not CSV",
        "messages#\"[{'role': 'user'}]\"|:2 (record 0): column 'messages' is not JSON",
        "input_ids#1 2|column 'input_ids' is not JSON",
      })
  void csvNamesThePlaceOfAnError(String text, String message) throws IOException {
    Path file = write("bad.csv", text.replace('#', '\n').replace('`', '"'));

    assertThatThrownBy(() -> read(file))
        .isInstanceOf(DataException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining(message);
  }

  @Test
  void readsZstandard() throws IOException {
    Path file = folder.resolve("a.csv.zst");
    try (OutputStream out = new ZstdOutputStream(Files.newOutputStream(file))) {
      out.write("text\npacked\n".getBytes(StandardCharsets.UTF_8));
    }

    assertThat(read(file).getFirst().fields().get("text").asText()).isEqualTo("packed");
    byte[] whole = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(whole, whole.length - 6));
    assertThatThrownBy(() -> read(file))
        .isInstanceOf(DataException.class)
        .hasMessageContainingAll("a.csv.zst", "damaged or cut off");
  }

  @ParameterizedTest
  @CsvSource({"BZh91AY, bunzip2", "PK\u0003\u0004x, unzip", "ARROW1, to_parquet"})
  void namesFormatsThatItDoesNotRead(String begin, String remedy) throws IOException {
    Path file = write("data.jsonl", begin + "something");

    assertThatThrownBy(() -> read(file))
        .isInstanceOf(DataException.class)
        .hasMessageContainingAll("data.jsonl is a", remedy);
  }

  /** Seven rows that pyarrow wrote, in groups of three: see the rule in {@link #expected}. */
  @ParameterizedTest
  @ValueSource(strings = {"snappy", "zstd", "gzip", "none"})
  void readsParquet(String codec) throws IOException {
    Path file = folder.resolve("rows");
    try (InputStream in = getClass().getResourceAsStream("chats-" + codec + ".parquet")) {
      Files.copy(Objects.requireNonNull(in), file);
    }
    List<DataRecord> records = read(file);

    assertThat(records).hasSize(7);
    for (int i = 0; i < 7; i++) {
      ObjectNode fields = records.get(i).fields();
      assertThat(records.get(i).origin()).isEqualTo(new Origin(file.toString(), i + 1, i));
      assertThat(fields.toString()).isEqualTo(expected(i));
    }
  }

  /** Even rows call a tool; every third one has no text; members that are null are left out. */
  private static String expected(int i) {
    String answer =
        i % 2 == 1
            ? "{\"role\":\"assistant\",\"content\":\"%d\"}".formatted(2 * i)
            : ("{\"role\":\"assistant\",\"tool_calls\":[{\"type\":\"function\",\"function\":"
                    + "{\"name\":\"add\",\"arguments\":{\"a\":%d,\"b\":%d}}}]}")
                .formatted(i, i);
    return ("{\"id\":%d,\"messages\":[{\"role\":\"user\",\"content\":\"What is %d + %d? é🙂\"},%s],"
            + "\"text\":%s,\"weight\":%s,\"good\":%s}")
        .formatted(
            i, i, i, answer, i % 3 == 0 ? "null" : "\"row " + i + "\\n\"", i / 2.0, i % 2 == 0);
  }

  @Test
  void refusesWhatOnlyLooksLikeParquet() throws IOException {
    Path named = write("a.parquet", "{\"text\":\"x\"}");
    Path begun = write("b.parquet", "PAR1 and then nothing");

    assertThatThrownBy(() -> read(named))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("does not begin as a Parquet file");
    assertThatThrownBy(() -> read(begun))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("cannot be read as Parquet");
  }
}
