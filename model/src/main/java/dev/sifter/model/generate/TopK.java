package dev.sifter.model.generate;

/** Keeps the k largest logits, and those equal to the k-th. */
final class TopK implements LogitsProcessor {
  private final float[] heap;

  TopK(int k) {
    this.heap = new float[k];
  }

  @Override
  public void process(TokenContext context, float[] logits) {
    if (heap.length >= logits.length) {
      return;
    }
    float threshold = kthLargest(logits);
    for (int i = 0; i < logits.length; i++) {
      if (logits[i] < threshold) {
        logits[i] = Float.NEGATIVE_INFINITY;
      }
    }
  }

  /** The root of a min-heap of the k largest so far: one comparison for almost every logit. */
  private float kthLargest(float[] logits) {
    System.arraycopy(logits, 0, heap, 0, heap.length);
    for (int i = heap.length / 2 - 1; i >= 0; i--) {
      siftDown(i);
    }
    for (int i = heap.length; i < logits.length; i++) {
      if (logits[i] > heap[0]) {
        heap[0] = logits[i];
        siftDown(0);
      }
    }
    return heap[0];
  }

  private void siftDown(int i) {
    float value = heap[i];
    int child;
    while ((child = 2 * i + 1) < heap.length) {
      if (child + 1 < heap.length && heap[child + 1] < heap[child]) {
        child++;
      }
      if (value <= heap[child]) {
        break;
      }
      heap[i] = heap[child];
      i = child;
    }
    heap[i] = value;
  }
}
