package dev.sifter.train.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RunWordsTest {
  private static RunWords parse(String line) {
    return RunWords.parse(List.of(line.split(" ")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "c.yaml --max_steps -1 --use_peft --bf16 true",
        "--max_steps -1 c.yaml --use_peft --bf16=true",
        "--max_steps=-1 --use_peft=true c.yaml --bf16",
        "--max_steps -1 --use_peft --bf16 --config c.yaml",
        "--config=c.yaml --max_steps -1 --use_peft --bf16",
      })
  void theOrderIsFree(String line) {
    assertThat(parse(line))
        .isEqualTo(
            new RunWords(
                Path.of("c.yaml"),
                List.of("--max_steps", "-1", "--use_peft", "true", "--bf16", "true")));
  }

  /** As TRL's command line takes them. */
  @Test
  void severalValuesAreAList() {
    assertThat(parse("--dataset_name a.jsonl b*.jsonl c.yaml --lora_target_modules q_proj v_proj"))
        .isEqualTo(
            new RunWords(
                Path.of("c.yaml"),
                List.of(
                    "--dataset_name",
                    "[a.jsonl, \"b*.jsonl\"]",
                    "--lora_target_modules",
                    "[q_proj, v_proj]")));
  }

  @Test
  void aFileIsNeededAndOneIsEnough() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> parse("--max_steps 3"))
        .withMessage("no CONFIG.yaml is given");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> parse("a.yaml max_steps 3"))
        .withMessageContaining("a.yaml and max_steps and 3");
  }

  @Test
  void aFileTakenForAValueIsFound() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> parse("--use_peft c.yaml"))
        .withMessageContaining("c.yaml was taken as the value of --use_peft");
  }
}
