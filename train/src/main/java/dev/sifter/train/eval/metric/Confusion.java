package dev.sifter.train.eval.metric;

/** Figures of a table of confusion[gold][predicted], as scikit-learn computes them. */
final class Confusion {
  private Confusion() {}

  /**
   * F₁ of choice 1: 2·right / (labelled + predicted), 0 where neither occurs.
   *
   * @throws IllegalArgumentException if there are more than two choices
   */
  static double f1(long[][] confusion) {
    if (confusion.length > 2) {
      throw new IllegalArgumentException(
          "the metric f1 is of tasks with two choices, but there are " + confusion.length);
    }
    if (confusion.length < 2) {
      return 0;
    }
    long labelled = confusion[1][0] + confusion[1][1];
    long predicted = confusion[0][1] + confusion[1][1];
    return labelled + predicted == 0 ? 0 : 2.0 * confusion[1][1] / (labelled + predicted);
  }

  /** Matthews's correlation of any number of choices (Gorodkin 2004); 0 where it is undefined. */
  static double matthews(long[][] confusion) {
    double right = 0;
    double all = 0;
    double goldByPredicted = 0;
    double goldSquares = 0;
    double predictedSquares = 0;
    for (int k = 0; k < confusion.length; k++) {
      double gold = 0;
      double predicted = 0;
      for (int l = 0; l < confusion.length; l++) {
        gold += confusion[k][l];
        predicted += confusion[l][k];
      }
      right += confusion[k][k];
      all += gold;
      goldByPredicted += gold * predicted;
      goldSquares += gold * gold;
      predictedSquares += predicted * predicted;
    }
    double variances = (all * all - predictedSquares) * (all * all - goldSquares);
    return variances == 0 ? 0 : (right * all - goldByPredicted) / Math.sqrt(variances);
  }
}
