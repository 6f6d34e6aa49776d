package dev.sifter.model.decoder;

import dev.sifter.engine.autograd.Tape;
import dev.sifter.engine.autograd.Variable;
import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.ops.LinearCrossEntropy;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/** Brings logits of chosen rows to the host. */
final class LogitReader {
  private LogitReader() {}

  static void read(
      Tape tape,
      Variable hidden,
      Variable headWeight,
      LinearCrossEntropy.Head head,
      int[] rows,
      float[][] target) {
    Backend backend = tape.backend();
    DType dtype = hidden.value().dtype();
    int vocab = headWeight.value().rows();
    Tensor ids = tape.upload(rows);
    Tensor h = tape.allocate(dtype, Shape.of(rows.length, hidden.shape().width()));
    backend.rows().gather(hidden.value(), ids, 1, h);
    Tensor logits = tape.allocate(dtype, Shape.of(rows.length, vocab));
    backend.linear().matmul(h, false, headWeight.value(), true, head.scale(), 0, logits);
    if (head.softcap() != 0) {
      backend.loss().softcap(logits, head.softcap());
    }
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
    tape.release(h);
    tape.release(ids);
  }
}
