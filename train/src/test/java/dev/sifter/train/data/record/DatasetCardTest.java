package dev.sifter.train.data.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files as {@code load_dataset} of datasets 5.0.1 takes them from such folders. */
class DatasetCardTest {
  @TempDir Path folder;

  private void files(String... names) throws IOException {
    for (String name : names) {
      Path file = folder.resolve(name);
      Files.createDirectories(file.getParent());
      Files.writeString(file, "{}\n");
    }
  }

  private void card(String configs) throws IOException {
    Files.writeString(
        folder.resolve("README.md"), "---\nlicense: mit\nconfigs:\n" + configs + "---\n# Data\n");
  }

  private List<String> taken(String config, String split) {
    return DataFiles.expand(List.of(folder.toString()), split, config).stream()
        .map(file -> folder.relativize(file).toString().replace('\\', '/'))
        .toList();
  }

  @Test
  void aConfigurationNamesItsFiles() throws IOException {
    files("data/all/train-0.jsonl", "data/all/test-0.jsonl", "data/math/train-0.jsonl");
    card(
        """
        - config_name: all
          data_files:
          - split: train
            path: data/all/train-*
          - {split: test, path: [data/all/test-*]}
        - config_name: math
          data_files: data/math/*
        """);
    assertThat(taken("all", "train")).containsExactly("data/all/train-0.jsonl");
    assertThat(taken("all", "test")).containsExactly("data/all/test-0.jsonl");
    assertThat(taken("math", "train")).containsExactly("data/math/train-0.jsonl");
    assertThatThrownBy(() -> taken(null, "train"))
        .isInstanceOf(DataException.class)
        .hasMessageContainingAll("configs [all, math]", "dataset_config");
    assertThatThrownBy(() -> taken("code", "train"))
        .isInstanceOf(DataException.class)
        .hasMessageContainingAll("no config 'code'", "[all, math]");
    assertThatThrownBy(() -> taken("math", "test"))
        .isInstanceOf(DataException.class)
        .hasMessageContainingAll("'math'", "no split 'test'", "[train]");
  }

  @Test
  void oneHoldsWhereNoneIsNamed() throws IOException {
    files("a/x.jsonl", "b/y.jsonl", ".git/z.jsonl", "b/deep/x.jsonl");
    card(
        "- {config_name: a, data_files: a/*}\n"
            + "- {config_name: b, data_files: b/*, default: true}\n");
    assertThat(taken(null, "train")).containsExactly("b/y.jsonl");
    card("- {config_name: a, data_files: a/*}\n- {config_name: default, data_files: [b/*, a/*]}\n");
    assertThat(taken(null, "train")).containsExactly("b/y.jsonl", "a/x.jsonl");
    card("- {config_name: a, data_files: '**/x.jsonl'}\n");
    assertThat(taken(null, "train")).containsExactly("a/x.jsonl", "b/deep/x.jsonl");
    card("- {config_name: a, data_files: '**/*.jsonl'}\n");
    assertThat(taken(null, "train")).containsExactly("a/x.jsonl", "b/deep/x.jsonl", "b/y.jsonl");
    card("- {config_name: a, data_dir: b}\n");
    assertThat(taken(null, "train")).containsExactly("b/deep/x.jsonl", "b/y.jsonl");
  }

  @Test
  void withoutConfigurationsPathsTellTheSplit() throws IOException {
    files("validation/b.jsonl", "dev/a.jsonl", "valid.jsonl", "test.jsonl");
    Files.writeString(folder.resolve("README.md"), "---\nlicense: mit\n---\nconfigs: none\n");
    assertThat(taken("default", "validation")).containsExactly("validation/b.jsonl", "dev/a.jsonl");
    assertThatThrownBy(() -> taken(null, "test")).hasMessageContaining("no file of the split");
    assertThatThrownBy(() -> taken("all", "validation"))
        .isInstanceOf(DataException.class)
        .hasMessageContainingAll("no README.md with configs", "'all'");
    files("data/train-00000-of-00001.jsonl", "data/test-00000-of-00001.jsonl");
    assertThat(taken(null, "test")).containsExactly("data/test-00000-of-00001.jsonl");
  }

  @Test
  void refusesCardsThatCannotBeFollowed() throws IOException {
    files("a.jsonl");
    card("- {data_files: a.jsonl}\n");
    assertThatThrownBy(() -> taken(null, "train"))
        .hasMessageContainingAll("README.md", "config_name");
    card("- {config_name: a, data_files: [{split: train}]}\n");
    assertThatThrownBy(() -> taken(null, "train")).hasMessageContaining("split and path");
    card("- {config_name: a, data_files: none-*}\n");
    assertThatThrownBy(() -> taken(null, "train"))
        .hasMessageContainingAll("no file matches [none-*]", "README.md", "'train'", "'a'");
    card("- [\n");
    assertThatThrownBy(() -> taken(null, "train")).hasMessageContainingAll("README.md", "not YAML");
  }
}
