package dev.sifter.train.eval.source;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TaskDataTest {
  @TempDir private Path folder;

  /** What the datasets library 5.0.1 gives the harness of such a column. */
  @ParameterizedTest
  @CsvSource({
    "csv, 9223372036854775807, -5, '9223372036854775807,-5'",
    "csv, 9223372036854775808, 5, '9223372036854775808,5'",
    "csv, 18446744073709551615, 0, '18446744073709551615,0'",
    "csv, 9223372036854775808, -5, '\"9223372036854775808\",\"-5\"'",
    "csv, 9223372036854775808, 1.5, '9.223372036854776E18,1.5'",
    "csv, 7, NA, '7.0,null'",
    "json, 9223372036854775807, -5, '9223372036854775807,-5'",
    "json, 9223372036854775808, 5, '9.223372036854776E18,5.0'",
  })
  void largeWholeNumbersAreThoseOfTheFormat(String kind, String first, String second, String docs)
      throws IOException {
    String text =
        kind.equals("csv")
            ? "a,b%n%s,x%n%s,y%n".formatted(first, second)
            : "{\"a\": %s}%n{\"a\": %s}%n".formatted(first, second);
    Path file = Files.writeString(folder.resolve("docs." + kind), text);
    ObjectNode json = TaskFile.emptyObject();
    json.put("task", "t").put("dataset_path", kind).put("test_split", "test");
    json.putObject("dataset_kwargs").putObject("data_files").put("test", file.toString());
    TaskData data = new TaskData(new TaskDefinition(json, null), new DatasetFolder(null));
    assertThat(data.evalDocs())
        .extracting(doc -> doc.get("a").toString())
        .containsExactly(docs.split(","));
  }
}
