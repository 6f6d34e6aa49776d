package dev.sifter.kernels.library;

import dev.sifter.kernels.ptx.B32;
import dev.sifter.kernels.ptx.ElementPointer;
import dev.sifter.kernels.ptx.F32;
import dev.sifter.kernels.ptx.Pred;
import dev.sifter.kernels.ptx.PtxAssembler;
import dev.sifter.kernels.ptx.SharedPointer;
import java.util.ArrayList;
import java.util.List;

/**
 * A head's elements shared out among neighbouring lanes: lane l has vectors l, l + lanes, …
 *
 * @param k the assembler
 * @param headDim elements of a head
 * @param vector elements of an access; divides headDim
 * @param lanes a power of two
 */
record HeadLanes(PtxAssembler k, int headDim, int vector, int lanes) {

  /** Number of this lane among those of the head. */
  B32 index() {
    return k.and(k.laneIndex(), lanes - 1);
  }

  private int vectors() {
    return Math.ceilDiv(headDim / vector, lanes);
  }

  /** Whether this lane's vector j exists; null for surely. */
  private Pred exists(int j) {
    int rest = headDim / vector - j * lanes;
    return rest >= lanes ? null : k.lt(index(), rest);
  }

  /** This lane's elements, zeros where p does not hold or there is none. */
  List<F32> load(Pred p, ElementPointer head) {
    ElementPointer mine = k.at(head, index(), vector);
    List<F32> elements = new ArrayList<>();
    for (int j = 0; j < vectors(); j++) {
      Pred exists = exists(j);
      Pred inside = p == null ? exists : exists == null ? p : k.and(p, exists);
      elements.addAll(k.loadIf(inside, mine.plus((long) j * lanes * vector), vector));
    }
    return elements;
  }

  /** Variables for sums. */
  List<F32> zeros() {
    List<F32> zeros = new ArrayList<>();
    for (int i = 0; i < vectors() * vector; i++) {
      zeros.add(k.variable(0f));
    }
    return zeros;
  }

  /** Σ a·b over the head. */
  F32 dot(List<F32> a, List<F32> b) {
    F32 sum = k.mul(a.getFirst(), b.getFirst());
    for (int e = 1; e < a.size(); e++) {
      sum = k.fma(a.get(e), b.get(e), sum);
    }
    for (int bit = 1; bit < lanes; bit *= 2) {
      sum = k.add(sum, k.shuffleXor(sum, bit));
    }
    return sum;
  }

  /** Stores this lane's elements. */
  void store(SharedPointer head, List<F32> elements) {
    SharedPointer mine = k.at(head, index(), vector * Float.BYTES);
    for (int j = 0; j < vectors(); j++) {
      Pred exists = exists(j);
      for (int e = 0; e < vector; e++) {
        SharedPointer to = mine.plus((long) (j * lanes * vector + e) * Float.BYTES);
        F32 element = elements.get(j * vector + e);
        if (exists == null) {
          k.store(to, element);
        } else {
          k.storeIf(exists, to, element);
        }
      }
    }
  }
}
