/** JSON Schema turned into a context-free grammar. */
@NullMarked
package dev.cria.grammar.schema;

import org.jspecify.annotations.NullMarked;
