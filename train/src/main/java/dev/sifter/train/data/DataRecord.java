package dev.sifter.train.data;

import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * One record as it stands in a file.
 *
 * @param origin where it stands
 * @param fields the JSON object
 */
public record DataRecord(Origin origin, ObjectNode fields) {}
