package dev.sifter.train.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.TypeConversionException;

/** Options and their values as people know them from transformers and from YAML. */
class OptionWordsTest {
  private static List<String> dashed(String... words) {
    CommandLine main = new CommandLine(new Main());
    Subcommands.addTo(main, List.of(words));
    return Arrays.asList(OptionWords.dashed(words, main));
  }

  @Test
  void optionsMayHaveUnderscores() {
    assertThat(dashed("generate", "--max_new_tokens", "5", "--top_p=0.9", "--do-sample", "no"))
        .containsExactly("generate", "--max-new-tokens", "5", "--top-p=0.9", "--do-sample", "no");
    assertThat(dashed("--stacktrace", "template", "--add_generation_prompt"))
        .containsExactly("--stacktrace", "template", "--add-generation-prompt");
  }

  @Test
  void valuesAndWhatIsNoOptionStay() {
    String[] words = {
      "generate", "--prompt", "a_b", "--stop=x_y", "--no_such", "--", "--max_new_tokens"
    };
    assertThat(dashed(words)).containsExactly(words);
  }

  @Test
  void optionsOfARunKeepTheirSpelling() {
    String[] sft = {"sft", "c.yaml", "--max_length", "5"};
    assertThat(dashed(sft)).containsExactly(sft);
  }

  @Test
  void flagsTakeTheWordsOfYaml() {
    for (String word : List.of("true", "True", "yes", "on", "Y")) {
      assertThat(OptionWords.flag(word)).as(word).isTrue();
    }
    for (String word : List.of("false", "False", "no", "OFF", "n")) {
      assertThat(OptionWords.flag(word)).as(word).isFalse();
    }
    assertThatThrownBy(() -> OptionWords.flag("maybe"))
        .isInstanceOf(TypeConversionException.class)
        .hasMessage("'maybe' is not true or false");
  }

  @Test
  void commandsTakeThem(@TempDir Path folder) {
    Path model = TinyModel.save(folder);
    String[] call = {"generate", "--model", model.toString(), "--prompt", "the", "--device", "cpu"};
    String[] more = {"--max_new_tokens", "2", "--do_sample", "yes", "--json"};
    Object[] words = new Object[call.length + more.length];
    System.arraycopy(call, 0, words, 0, call.length);
    System.arraycopy(more, 0, words, call.length, more.length);
    assertThat(Cli.run(words).code()).isZero();
    words[words.length - 2] = "maybe";
    Cli wrong = Cli.run(words);
    assertThat(wrong.code()).isEqualTo(2);
    assertThat(wrong.err()).contains("Invalid value for option '--do-sample': 'maybe' is not true");
  }
}
