package dev.sifter.train.data;

import dev.sifter.train.data.record.Origin;
import java.util.Set;

/**
 * A row as preparation leaves it, with what checks and statistics need to know of it.
 *
 * @param origin of the record that it is made of
 * @param format the kind of record: {@code messages}, {@code text} and so on
 * @param kept what truncation leaves; null if nothing of that is trained
 * @param length tokens before truncation
 * @param labelled tokens with a label before truncation
 * @param given whether the record brought its tokens along
 * @param anyIgnored whether some token has no label
 * @param promptIsPrefix whether the tokens of the prompt alone begin those of the whole
 * @param trainsStop whether the end token has a label somewhere
 * @param masksStop whether an end token right after a trained token has none
 * @param unread fields of its record that the chat template leaves out
 * @param hash of the tokens before truncation; equal for equal rows
 */
record PreparedRow(
    Origin origin,
    String format,
    Example kept,
    int length,
    int labelled,
    boolean given,
    boolean anyIgnored,
    boolean promptIsPrefix,
    boolean trainsStop,
    boolean masksStop,
    Set<String> unread,
    long hash) {}
