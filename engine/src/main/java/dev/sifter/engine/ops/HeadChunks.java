package dev.sifter.engine.ops;

import dev.sifter.engine.autograd.Gradients;
import dev.sifter.engine.autograd.Parameter;
import dev.sifter.engine.autograd.Tape;
import dev.sifter.engine.backend.Backend;
import dev.sifter.engine.backend.TokenLoss;
import dev.sifter.engine.ops.LogitSum.Term;
import dev.sifter.engine.tensor.DType;
import dev.sifter.engine.tensor.Shape;
import dev.sifter.engine.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The loop over chunks of {@link LinearCrossEntropy}, with the buffers that all chunks share. */
final class HeadChunks {
  private static final int MAX_CHUNK_ROWS = 1024;
  private static final int ROW_MULTIPLE = 16;

  private final Tape tape;
  private final Backend backend;
  private final LogitSum sum;
  private final List<Term> terms;
  private final TokenLoss form;
  private final int[] targets;
  private final DType dtype;
  private final int vocab;
  private final int chunkRows;
  private final Tensor loss;
  private final Tensor entropy;
  private final Tensor argMax;

  HeadChunks(Tape tape, LogitSum sum, TokenLoss form, int[] targets) {
    this.tape = tape;
    this.backend = tape.backend();
    this.sum = sum;
    this.terms = sum.all();
    this.form = form;
    this.targets = targets;
    this.dtype = terms.getFirst().hidden().value().dtype();
    this.vocab = terms.getFirst().weight().value().rows();
    long fitting = backend.chunkElements() / vocab / ROW_MULTIPLE * ROW_MULTIPLE;
    int bounded = Math.clamp(fitting, ROW_MULTIPLE, MAX_CHUNK_ROWS);
    this.chunkRows = evenRows(targets.length, bounded);
    this.loss = tape.allocate(dtype.sums(), Shape.of(targets.length));
    this.entropy = tape.allocate(dtype.sums(), Shape.of(targets.length));
    this.argMax = tape.allocate(DType.I32, Shape.of(targets.length));
  }

  /** Rows of each chunk but a shorter last one, of as few chunks as there can be. */
  private static int evenRows(int rows, int most) {
    int chunks = Math.max(1, Math.ceilDiv(rows, most));
    int even = Math.ceilDiv(Math.ceilDiv(rows, chunks), ROW_MULTIPLE) * ROW_MULTIPLE;
    return Math.max(1, Math.min(rows, even));
  }

  /** Returns dh [R, H] of each term if {@code gradientScale} is not 0, else nothing. */
  List<Tensor> run(Tensor rowIds, float gradientScale) {
    List<Tensor> h = new ArrayList<>();
    List<Tensor> dh = new ArrayList<>();
    for (Term term : terms) {
      Shape shape = Shape.of(targets.length, term.hidden().shape().width());
      h.add(tape.allocate(dtype, shape));
      backend.rows().gather(term.hidden().value(), rowIds, 1, h.getLast());
      if (gradientScale != 0) {
        dh.add(tape.allocate(dtype, shape));
      }
    }
    Tensor targetIds = tape.upload(targets);
    Tensor logits = tape.allocate(dtype, Shape.of(chunkRows, vocab));
    for (int from = 0; from < targets.length; from += chunkRows) {
      int start = from;
      int to = Math.min(from + chunkRows, targets.length);
      chunk(
          h.stream().map(all -> all.rows(start, to)).toList(),
          range(targetIds, from, to),
          logits.rows(0, to - from),
          from,
          dh.stream().map(all -> all.rows(start, to)).toList(),
          gradientScale);
    }
    tape.release(logits);
    tape.release(targetIds);
    h.forEach(tape::release);
    return dh;
  }

  private void chunk(
      List<Tensor> h,
      Tensor target,
      Tensor logits,
      int from,
      List<Tensor> dh,
      float gradientScale) {
    boolean backward = gradientScale != 0;
    boolean trainsLengths = backward && sum.lengths() != null;
    int to = from + logits.rows();
    Tensor product = trainsLengths ? tape.allocate(dtype, logits.shape()) : null;
    sum.compute(tape, h, product, logits);
    Tensor capped = null;
    if (backward && sum.softcap() != 0) {
      capped = tape.allocate(dtype, logits.shape());
      backend.pointwise().cast(logits, capped);
    }
    backend
        .loss()
        .crossEntropy(
            form,
            logits,
            target,
            gradientScale,
            range(loss, from, to),
            range(entropy, from, to),
            range(argMax, from, to));
    if (capped != null) {
      backend.loss().softcapBackward(logits, capped, sum.softcap());
      tape.release(capped);
    }
    if (backward) {
      backward(logits, product, h, dh);
    }
    if (product != null) {
      tape.release(product);
    }
  }

  /** Of each summand, from the gradient of the logits; of those that g multiplies, g times that. */
  private void backward(Tensor dLogits, Tensor product, List<Tensor> h, List<Tensor> dh) {
    if (sum.bias() instanceof Parameter bias && bias.requiresGradient()) {
      Gradients.Slot slot = bias.gradientSlot();
      backend.linear().biasBackward(dLogits, slot.accumulate(), slot.tensor());
    }
    int multiplied = sum.terms().size();
    for (int i = multiplied; i < terms.size(); i++) {
      backward(dLogits, terms.get(i), h.get(i), dh.get(i));
    }
    if (product != null) {
      magnitudeBackward(dLogits, product);
      sum.scaleByLengths(tape, dLogits);
    }
    for (int i = 0; i < multiplied; i++) {
      backward(dLogits, terms.get(i), h.get(i), dh.get(i));
    }
    if (sum.trained() != null && sum.trained().rows() instanceof Parameter parameter) {
      addTrainedRows(dLogits, h.getFirst(), parameter);
    }
  }

  /** dh = s·dLogits·W, dW += s·dLogitsᵀ·h. */
  private void backward(Tensor dLogits, Term term, Tensor h, Tensor dh) {
    Tensor w = term.weight().value();
    backend.linear().matmul(dLogits, false, w, false, term.scale(), 0, dh);
    if (term.weight() instanceof Parameter parameter && parameter.requiresGradient()) {
      Gradients.Slot dw = parameter.gradientSlot();
      backend.linear().matmul(dLogits, true, h, false, term.scale(), dw.beta(), dw.tensor());
    }
  }

  /** dm += Σ_r dLogits·product/‖V‖. */
  private void magnitudeBackward(Tensor dLogits, Tensor product) {
    if (sum.lengths().magnitude() instanceof Parameter m && m.requiresGradient()) {
      Tensor dm = tape.allocate(m.value().dtype(), m.shape());
      backend.linear().columnDots(dLogits, product, false, dm);
      Gradients.Slot slot = m.gradientSlot();
      backend
          .linear()
          .scaleColumns(
              TrainedLengths.row(dm),
              sum.lengths().inverseNorms(),
              slot.accumulate(),
              TrainedLengths.row(slot.tensor()));
      tape.release(dm);
    }
  }

  /**
   * dRows += s·dLogits[:, ids]ᵀ·h: single columns of the logits, as rows of a matrix of width 1.
   */
  private void addTrainedRows(Tensor dLogits, Tensor h, Parameter rows) {
    if (!rows.requiresGradient()) {
      return;
    }
    int[] ids = sum.trained().ids();
    int[] places = new int[dLogits.rows() * ids.length];
    for (int r = 0; r < dLogits.rows(); r++) {
      for (int k = 0; k < ids.length; k++) {
        places[r * ids.length + k] = r * vocab + ids[k];
      }
    }
    Tensor chosen = tape.allocate(dtype, Shape.of(dLogits.rows(), ids.length));
    Tensor numbers = tape.upload(places);
    Tensor elements = dLogits.reshape(dLogits.elements(), 1);
    backend.rows().gather(elements, numbers, 1, chosen.reshape(chosen.elements(), 1));
    Gradients.Slot slot = rows.gradientSlot();
    float scale = terms.getFirst().scale();
    backend.linear().matmul(chosen, true, h, false, scale, slot.beta(), slot.tensor());
    tape.release(numbers);
    tape.release(chosen);
  }

  /** gradientScale · Σ loss, where the rows' losses are. */
  Tensor total(float gradientScale) {
    Tensor total = tape.allocate(loss.dtype(), Shape.of(1));
    backend.linear().biasBackward(loss.reshape(targets.length, 1), false, total);
    backend.pointwise().scale(total, gradientScale, total);
    return total;
  }

  /** Figures of each row; see {@link LinearCrossEntropy.Loss}. */
  record Figures(double[] loss, double[] entropy, int[] argMax) {}

  /** Waits for the figures. */
  Figures download() {
    double[] rowLoss = doubles(loss);
    double[] rowEntropy = doubles(entropy);
    int[] rowArgMax = new int[targets.length];
    backend.download(argMax, MemorySegment.ofArray(rowArgMax));
    List.of(argMax, entropy, loss).forEach(tape::release);
    return new Figures(rowLoss, rowEntropy, rowArgMax);
  }

  private double[] doubles(Tensor source) {
    double[] wide = new double[targets.length];
    if (source.dtype() == DType.F64) {
      backend.download(source, MemorySegment.ofArray(wide));
      return wide;
    }
    float[] narrow = new float[targets.length];
    backend.download(source, MemorySegment.ofArray(narrow));
    Arrays.setAll(wide, i -> narrow[i]);
    return wide;
  }

  private static Tensor range(Tensor vector, int from, int to) {
    return vector.reshape(vector.elements(), 1).rows(from, to).reshape(to - from);
  }
}
