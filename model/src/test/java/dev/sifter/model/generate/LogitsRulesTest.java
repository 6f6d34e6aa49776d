package dev.sifter.model.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sifter.model.Json;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Logits after the processors that generate of transformers 5.18.0 makes of the same settings. */
class LogitsRulesTest {
  private static final float[] LOGITS = {1.5f, -0.5f, 3, 2.25f, -2, 0.25f, 2.75f, -1};

  /** The prompt is 1 2 6, token 3 ends a text, and there is room for six tokens. */
  private static GenerationConfig config(String settings) throws IOException {
    ObjectNode json = (ObjectNode) Json.mapper().readTree(settings.replace('\'', '"'));
    json.put("eos_token_id", 3);
    if (!json.has("top_k")) {
      json.put("top_k", 0);
    }
    return GenerationConfigReader.of(json);
  }

  /** As in a run the processors have seen another sequence before, of which nothing stays. */
  private static void check(GenerationConfig config, TokenContext context, String expected) {
    float[] logits = LOGITS.clone();
    List<LogitsProcessor> processors = LogitsProcessor.of(config, logits.length);
    float[] others = {-1, 2, -0.25f, 1, 0.5f, 3, -2, 0};
    TokenContext before = new TokenContext(new int[] {1, 2, 6, 1, 3, 0}, 5, 3, 6);
    processors.forEach(processor -> processor.process(before, others));
    processors.forEach(processor -> processor.process(context, logits));
    String[] wanted = expected.replace("out", "-Infinity").split(" ");
    assertThat(wanted).hasSize(logits.length);
    for (int i = 0; i < logits.length; i++) {
      float value = Float.parseFloat(wanted[i]);
      if (Float.isInfinite(value)) {
        assertThat(logits[i]).as("token " + i).isEqualTo(value);
      } else {
        assertThat(logits[i]).as("token " + i).isCloseTo(value, within(2e-6f));
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "{'sequence_bias': [[[6, 1, 4], 5.5], [[4], 0.25], [[1, 3], -1.0], [[7, 1, 3], 9.0]]}"
            + " | 1.5 -0.5 3.0 1.25 3.75 0.25 2.75 -1.0",
        "{'bad_words_ids': [[2], [3], [1, 6], [1, 3], [2, 7]]}"
            + " | 1.5 -0.5 out out -2.0 0.25 out -1.0",
        "{'encoder_repetition_penalty': 2.0} | 1.5 -0.25 6.0 2.25 -2.0 0.25 5.5 -1.0",
        "{'encoder_repetition_penalty': 2.0, 'repetition_penalty': 4.0}"
            + " | 1.5 -1.0 1.5 2.25 -2.0 0.25 1.375 -1.0",
        "{'encoder_no_repeat_ngram_size': 2} | 1.5 -0.5 out 2.25 -2.0 0.25 2.75 -1.0",
        "{'encoder_no_repeat_ngram_size': 1} | 1.5 out out 2.25 -2.0 0.25 out -1.0",
        "{'exponential_decay_length_penalty': [0, 1.5]} | 1.5 -0.5 3.0 3.375 -2.0 0.25 2.75 -1.0",
        "{'exponential_decay_length_penalty': [1, 1.5]} | 1.5 -0.5 3.0 2.25 -2.0 0.25 2.75 -1.0",
        "{'forced_eos_token_id': 3} | 1.5 -0.5 3.0 2.25 -2.0 0.25 2.75 -1.0",
        "{'forced_bos_token_id': 4} | 1.5 -0.5 3.0 2.25 -2.0 0.25 2.75 -1.0",
        "{'begin_suppress_tokens': [2, 6]} | 1.5 -0.5 3.0 2.25 -2.0 0.25 2.75 -1.0",
        "{'suppress_tokens': [0, 8], 'remove_invalid_values': true, 'bad_words_ids': [[2]]}"
            + " | out -0.5 -3.4028234663852886e+38 2.25 -2.0 0.25 2.75 -1.0",
        "{'renormalize_logits': true, 'suppress_tokens': [2]} | -1.965918 -3.965918 out -1.215918"
            + " -5.465918 -3.215918 -0.715918 -4.465918"
      })
  void changesLogitsInGreedyDecodingToo(String settings, String expected) throws IOException {
    check(config(settings), new TokenContext(new int[] {1, 2, 6, 1}, 4, 3, 6), expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "'top_h': 0.5 | out out 3.0 out out out out out",
        "'top_h': 0.9 | 1.5 out 3.0 2.25 out out 2.75 out",
        "'typical_p': 0.2 | out out out out out out 2.75 out",
        "'typical_p': 0.6 | out out 3.0 2.25 out out 2.75 out",
        "'typical_p': 0.95 | 1.5 out 3.0 2.25 out out 2.75 out",
        "'epsilon_cutoff': 0.05 | 1.5 out 3.0 2.25 out out 2.75 out",
        "'eta_cutoff': 0.3 | out out 3.0 2.25 out out 2.75 out",
        "'eta_cutoff': 0.02 | 1.5 out 3.0 2.25 out 0.25 2.75 out",
        "'top_k': 4, 'typical_p': 0.5 | out out 3.0 out out out 2.75 out",
        "'temperature': 2.0, 'top_h': 0.6, 'renormalize_logits': true"
            + " | out out -0.943823 -1.318823 out out -1.068823 out"
      })
  void excludesTheImprobableInSampling(String settings, String expected) throws IOException {
    TokenContext context = new TokenContext(new int[] {1, 2, 6, 1}, 4, 3, 6);
    check(config("{'do_sample': true, " + settings + "}"), context, expected);
    if (!settings.contains("renormalize")) {
      check(config("{" + settings + "}"), context, "1.5 -0.5 3.0 2.25 -2.0 0.25 2.75 -1.0");
    }
  }

  /** After the prompt 1 2 and 6 7 6; a run that is longer than all that says nothing. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "'encoder_repetition_penalty': 2.0 | 1.5 -0.25 6.0 2.25 -2.0 0.25 2.75 -1.0",
        "'repetition_penalty': 2.0 | 1.5 -1.0 1.5 2.25 -2.0 0.25 1.375 -2.0",
        "'no_repeat_ngram_size': 2 | 1.5 -0.5 3.0 2.25 -2.0 0.25 2.75 out",
        "'encoder_no_repeat_ngram_size': 2 | 1.5 -0.5 3.0 2.25 -2.0 0.25 2.75 -1.0",
        "'sequence_bias': [[[1, 2, 6, 7, 6, 4], 5.0], [[0, 1, 2, 6, 7, 6, 5], 1.0]]"
            + " | 1.5 -0.5 3.0 2.25 3.0 0.25 2.75 -1.0"
      })
  void tellsThePromptFromTheAnswer(String settings, String expected) throws IOException {
    TokenContext context = new TokenContext(new int[] {1, 2, 6, 7, 6}, 5, 2, 8);
    check(config("{" + settings + "}"), context, expected);
  }

  @Test
  void forcesTheFirstAndTheLastToken() throws IOException {
    TokenContext last = new TokenContext(new int[] {1, 2, 6, 1, 0}, 4, 3, 5);
    check(config("{'forced_eos_token_id': [3, 5]}"), last, "out out out 0.0 out 0.0 out out");
    TokenContext first = TokenContext.ofPrompt(new int[] {1}, 6);
    check(config("{'forced_bos_token_id': 4}"), first, "out out out out 0.0 out out out");
  }

  /** After a prompt of a single token the forced one does not count as the beginning. */
  @Test
  void suppressesWhereAnAnswerBegins() throws IOException {
    String suppressed = "1.5 -0.5 out 2.25 -2.0 0.25 out -1.0";
    String plain = "1.5 -0.5 3.0 2.25 -2.0 0.25 2.75 -1.0";
    GenerationConfig config = config("{'begin_suppress_tokens': [2, 6]}");
    check(config, TokenContext.ofPrompt(new int[] {1, 2, 6}, 6), suppressed);
    check(config, TokenContext.ofPrompt(new int[] {1}, 6), suppressed);
    TokenContext second = new TokenContext(new int[] {1, 4}, 2, 1, 6);
    check(config, second, plain);
    check(
        config("{'begin_suppress_tokens': [2, 6], 'forced_bos_token_id': 4}"), second, suppressed);
  }

  /** Here transformers' −∞ + ∞ is no number, which its arg-max takes for the largest. */
  @Test
  void anEndTokenThatIsTooEarlyDoesNotGrow() throws IOException {
    check(
        config("{'min_new_tokens': 2, 'exponential_decay_length_penalty': [0, 1.5]}"),
        new TokenContext(new int[] {1, 2, 6, 1}, 4, 3, 6),
        "1.5 -0.5 3.0 out -2.0 0.25 2.75 -1.0");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "'bad_words_ids': [3] | bad_words_ids is [3]; it must be a list of lists of token ids",
        "'bad_words_ids': [[]] | a run of bad_words_ids is []; it must be one token id or more",
        "'sequence_bias': [[[3, -1], 2]] | a run of sequence_bias is [3, -1]; it must be one token",
        "'sequence_bias': {'3': 1.5} | it must be a list of runs of token ids, each with its bias",
        "'suppress_tokens': ['a'] | suppress_tokens is ['a']; it must be a list of token ids",
        "'forced_bos_token_id': [3] | forced_bos_token_id is [3]; it must be a token id",
        "'suppress_tokens': [5, 3], 'forced_eos_token_id': 3 | holds all of forced_eos_token_id"
            + " [3]",
        "'exponential_decay_length_penalty': 1.5 | such as [20, 1.05]",
        "'encoder_repetition_penalty': 0 | encoder_repetition_penalty is 0.0; it must be positive",
        "'top_h': 0 | top_h is 0.0; it must be above 0 and at most 1",
        "'typical_p': 1.5 | typical_p is 1.5; it must be above 0 and at most 1",
        "'eta_cutoff': 1 | eta_cutoff is 1.0; it must be 0 (all tokens) or more, below 1",
        "'bad_words_ids': [[2, 8]] | bad_words_ids holds token 8, but the model has 8 tokens",
        "'forced_eos_token_id': 9 | forced_eos_token_id holds token 9, but the model has 8 tokens"
      })
  void namesTheSettingThatIsWrong(String settings, String message) {
    assertThatThrownBy(() -> LogitsProcessor.of(config("{" + settings + "}"), LOGITS.length))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message.replace('\'', '"'));
  }

  @Test
  void aKeyThatIsNotGivenStays() throws IOException {
    GenerationConfig base =
        config(
            "{'bad_words_ids': [[1]], 'forced_bos_token_id': 2, 'top_h': 0.5, 'eta_cutoff': 0.1}");
    ObjectNode over =
        (ObjectNode) Json.mapper().readTree("{\"top_h\": 0.25, \"eta_cutoff\": null}");
    GenerationConfig result = GenerationConfigReader.over(base, over);
    assertThat(result.rules()).isEqualTo(base.rules());
    assertThat(result.cutoffs()).isEqualTo(new Cutoffs(0.25, 1, 0, 0.1));
    assertThat(result.rules().forcedBosTokenId()).isEqualTo(2);
  }
}
