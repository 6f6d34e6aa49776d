package dev.sifter.model.lora;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A merge is refused by logits, by divergence or by tokens, and told by which. */
class MergeProofTest {
  @ParameterizedTest(name = "{6}: half {5}, {0} tokens, {1} of {2}, KL {3}, agreement {4}")
  @CsvSource({
    "1000, 4e-4, 20, 8e-9, 0.999, false, nothing",
    "1000, 4.1e-4, 20, 1e-10, 1, false, logits",
    "1000, 1e-4, 20, 9e-9, 1, false, KL",
    "1000, 1e-4, 20, 1e-10, 0.998, false, most probable",
    "10, 1e-4, 20, 1e-10, 0.9, false, nothing",
    "10, 1e-4, 20, 1e-10, 0.8, false, most probable",
    "1000, 1, 20, 0.05, 0.9, true, nothing",
    "1000, 1.1, 20, 0.01, 0.95, true, logits",
    "1000, 0.9, 20, 0.06, 0.95, true, KL",
    "1000, 0.9, 20, 0.01, 0.89, true, most probable",
    "1000, NaN, 20, 0, 1, true, logits",
    "1000, 0.1, 20, NaN, 1, true, KL"
  })
  void eachCriterionRefusesByItself(
      int tokens,
      double difference,
      double largest,
      double kl,
      double agreement,
      boolean half,
      String what) {
    MergeProof proof = new MergeProof(tokens, difference, largest, kl, agreement);
    List<String> tooFar = proof.tooFar(half);
    if (what.equals("nothing")) {
      assertThat(tooFar).isEmpty();
    } else {
      assertThat(tooFar).singleElement().asString().contains(what);
    }
    assertThat(proof.holds(half)).isEqualTo(tooFar.isEmpty());
  }
}
