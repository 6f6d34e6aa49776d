package dev.sifter.model.decoder;

import dev.sifter.engine.autograd.Tape;
import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.ops.LogitSum;
import dev.sifter.engine.ops.LogitSum.Term;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** Brings logits of chosen rows to the host. */
final class LogitReader {
  private LogitReader() {}

  static void read(Tape tape, LogitSum sum, int[] rows, float[][] target) {
    Backend backend = tape.backend();
    List<Term> terms = sum.all();
    DType dtype = terms.getFirst().hidden().value().dtype();
    int vocab = terms.getFirst().weight().value().rows();
    Tensor ids = tape.upload(rows);
    Tensor logits = tape.allocate(dtype, Shape.of(rows.length, vocab));
    List<Tensor> chosen = new ArrayList<>();
    for (Term term : terms) {
      Tensor h = tape.allocate(dtype, Shape.of(rows.length, term.hidden().shape().width()));
      backend.rows().gather(term.hidden().value(), ids, 1, h);
      chosen.add(h);
    }
    sum.compute(tape, chosen, null, logits);
    chosen.forEach(tape::release);
    Tensor narrow = logits;
    if (dtype != DType.F32) {
      narrow = tape.allocate(DType.F32, logits.shape());
      backend.pointwise().cast(logits, narrow);
      tape.release(logits);
    }
    for (int r = 0; r < rows.length; r++) {
      backend.download(narrow.rows(r, r + 1), MemorySegment.ofArray(target[r]));
    }
    tape.release(narrow);
    tape.release(ids);
  }
}
