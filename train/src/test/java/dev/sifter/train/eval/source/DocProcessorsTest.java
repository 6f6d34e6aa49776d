package dev.sifter.train.eval.source;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DocProcessorsTest {
  /** The query that process_docs of lm_eval 0.4.13's HellaSwag makes. */
  @ParameterizedTest
  @CsvSource({
    "the Woman THEN, Do: A man The woman then",
    "ßtraße x, Do: A man Sstraße x",
    "ŉOn, Do: A man ʼNon",
    "ﬁX, Do: A man Fix",
    "ΑΣ b, Do: A man Ας b",
    "ǆUd, Do: A man ǅud"
  })
  void hellaswagCapitalizesAsPythonDoes(String ctxB, String query) {
    ObjectNode doc = TaskFile.emptyObject();
    doc.put("activity_label", "Do").put("ctx_a", "A man").put("ctx_b", ctxB).put("label", "0");
    doc.putArray("endings").add("x");
    assertThat(DocProcessors.of("hellaswag").apply(doc).path("query").asText()).isEqualTo(query);
  }
}
