package dev.sifter.train.report;

import java.util.List;
import java.util.Map;

/**
 * What {@code sifter data} tells of the data of a run.
 *
 * @param config the configuration's file
 * @param model the model's folder
 * @param isAccepted whether training would start on it
 * @param parts training data, and perhaps evaluation data
 * @param overlap why evaluation data that is trained on is refused; null if there is none
 */
public record DataReport(
    String config, String model, boolean isAccepted, List<Part> parts, String overlap) {

  /**
   * One data set.
   *
   * @param name training or evaluation
   * @param records number of records
   * @param formats rows of each kind of record
   * @param rows rows before packing
   * @param examples rows to train on
   * @param tokens tokens of these
   * @param trainedTokens labels of these
   * @param trainedShare their share
   * @param lengths quantiles of the lengths before truncation, by name
   * @param histogram of these lengths
   * @param maxLength longest row; null for any
   * @param truncated rows that lose tokens
   * @param truncatedTokens tokens that they lose
   * @param dropped rows of which nothing trained is left
   * @param packing how full packed rows are, or would be
   * @param duplicates rows that repeat an earlier one
   * @param longest the longest rows
   * @param emptiest those with the fewest trained tokens
   * @param suspicious those that may be a mistake, with the reason
   * @param warnings what may be a mistake as a whole
   * @param refusals why this is not to be trained on
   */
  public record Part(
      String name,
      int records,
      Map<String, Integer> formats,
      int rows,
      int examples,
      long tokens,
      long trainedTokens,
      double trainedShare,
      Map<String, Integer> lengths,
      LengthHistogram histogram,
      Integer maxLength,
      int truncated,
      long truncatedTokens,
      int dropped,
      Packing packing,
      int duplicates,
      List<NotedRow> longest,
      List<NotedRow> emptiest,
      List<NotedRow> suspicious,
      List<String> warnings,
      List<String> refusals) {}

  /**
   * How full rows are.
   *
   * @param strategy the one that is set; {@code none} without packing
   * @param rows rows that it makes, or that {@code bfd} would make
   * @param efficiency share of {@code rows · max_length} that is filled
   */
  public record Packing(String strategy, int rows, double efficiency) {}

  /**
   * A row to look at.
   *
   * @param origin where its record stands
   * @param length tokens before truncation
   * @param trained tokens with a label before truncation
   * @param reason why it is listed
   * @param tokens how it begins
   */
  public record NotedRow(
      String origin, int length, int trained, String reason, List<NotedToken> tokens) {}

  /**
   * A token of a row.
   *
   * @param text what it adds to the text of the tokens before it: nothing where it is a part of a
   *     character that a later token completes
   * @param trained whether the loss counts it
   */
  public record NotedToken(String text, boolean trained) {}
}
