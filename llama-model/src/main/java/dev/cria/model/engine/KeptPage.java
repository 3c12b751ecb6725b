package dev.cria.model.engine;

import dev.cria.model.transformer.KvPage;

/**
 * A page of keys and values that is kept for texts to come. Its positions do not change any more; those behind its
 * tokens may belong to somebody else.
 *
 * @param parent where the page before it is in the list that has both; -1 if it begins a text
 * @param tokens the tokens whose keys and values it has, from 1 to a page's; as many as a page has if others follow it
 * @param content the keys and values
 */
@SuppressWarnings("ArrayRecordComponent") // token ids, as everywhere in the engine; nobody compares pages
public record KeptPage(int parent, int[] tokens, KvPage content) {}
