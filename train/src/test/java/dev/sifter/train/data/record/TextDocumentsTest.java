package dev.sifter.train.data.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.FilterReader;
import java.io.IOException;
import java.io.Reader;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TextDocumentsTest {
  @TempDir private Path folder;

  private static List<DataRecord> read(Reader in, String separator) throws IOException {
    List<DataRecord> records = new ArrayList<>();
    try (TextDocuments documents = new TextDocuments("a.txt", in, separator)) {
      RawRecord record;
      while ((record = documents.read(records.size())) != null) {
        records.add(record.parse());
      }
    }
    return records;
  }

  private static List<String> texts(String text, String separator) throws IOException {
    return read(new StringReader(text), separator).stream()
        .map(record -> record.fields().get("text").textValue())
        .toList();
  }

  @Test
  void aFileIsOneDocumentOrLinesOrWhatStandsBetween() throws IOException {
    String text = "one\ntwo\n\n \nthree<sep>four\n";

    assertThat(texts(text, null)).containsExactly(text);
    assertThat(texts(text, "\n")).containsExactly("one", "two", "three<sep>four");
    assertThat(texts(text, "<sep>")).containsExactly("one\ntwo\n\n \nthree", "four\n");
    assertThat(texts(" \n\t", null)).isEmpty();
    assertThat(texts("", "\n")).isEmpty();
  }

  @Test
  void knowsWhereDocumentsBegin() throws IOException {
    assertThat(read(new StringReader("a\n\nb\nc\n\n\n\nd"), "\n\n"))
        .extracting(record -> record.origin().toString())
        .containsExactly("a.txt:1 (record 0)", "a.txt:3 (record 1)", "a.txt:8 (record 2)");
  }

  /** Against Java's own splitting of the whole, however few characters a read gives. */
  @Test
  void isWhatSplittingTheWholeGives() throws IOException {
    Random random = new Random(7);
    for (int trial = 0; trial < 500; trial++) {
      String text = random(random, random.nextInt(40), "ab\n\r-");
      String separator = List.of("\n", "\n\n", "--", "-\n-", "a").get(random.nextInt(5));
      List<String> expected =
          Arrays.stream(
                  text.replace("\r\n", "\n")
                      .replace('\r', '\n')
                      .split(Pattern.quote(separator), -1))
              .filter(document -> !document.isBlank())
              .toList();
      assertThat(read(trickling(text, 1 + random.nextInt(3)), separator))
          .as("%s by %s", text, separator)
          .extracting(record -> record.fields().get("text").textValue())
          .isEqualTo(expected);
    }
  }

  private static String random(Random random, int length, String alphabet) {
    return random
        .ints(length, 0, alphabet.length())
        .collect(
            StringBuilder::new, (text, i) -> text.append(alphabet.charAt(i)), StringBuilder::append)
        .toString();
  }

  private static Reader trickling(String text, int chars) {
    return new FilterReader(new StringReader(text)) {
      @Override
      public int read(char[] target, int offset, int length) throws IOException {
        return super.read(target, offset, Math.min(length, chars));
      }
    };
  }

  @Test
  void filesOfTextAreKnownByTheirNames() throws IOException {
    Path text = Files.writeString(folder.resolve("a.txt"), "{\"text\": 1}\nb\n");
    Path bad = folder.resolve("b.txt");
    Files.write(bad, "é".getBytes(StandardCharsets.ISO_8859_1));

    try (DatasetReader reader = DatasetReader.open(source(text, "\n"), 0)) {
      assertThat(reader)
          .toIterable()
          .extracting(record -> record.parse().fields().toString())
          .containsExactly("{\"text\":\"{\\\"text\\\": 1}\"}", "{\"text\":\"b\"}");
    }
    try (DatasetReader reader = DatasetReader.open(source(bad, "\n"), 0)) {
      assertThatThrownBy(reader::hasNext)
          .hasMessageContaining("b.txt")
          .hasMessageContaining("UTF-8");
    }
    assertThatThrownBy(() -> source(text, ""))
        .hasMessageContaining("document_separator is empty; leave it out");
    assertThatThrownBy(() -> source(text, "\\n\\n"))
        .hasMessageContaining("document_separator '\\n\\n' has a backslash and an n")
        .hasMessageContaining("in a shell write it as $'\\n\\n'");
  }

  private static DataSource source(Path file, String separator) {
    return new DataSource(
        List.of(file.toString()), "train", null, List.of(), separator, null, null);
  }

  /** A licence beside records is no data; where there is nothing else, text is. */
  @Test
  void textOfAFolderIsDataWhereThereAreNoRecords() throws IOException {
    Files.writeString(folder.resolve("train.txt"), "x");
    Files.writeString(folder.resolve("test.txt"), "y");
    assertThat(DataSource.of(List.of(folder.toString())).paths())
        .containsExactly(folder.resolve("train.txt"));

    Files.writeString(folder.resolve("train.jsonl"), "{}");
    assertThat(DataSource.of(List.of(folder.toString())).paths())
        .containsExactly(folder.resolve("train.jsonl"));
  }
}
