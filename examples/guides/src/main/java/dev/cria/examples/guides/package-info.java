/** The Java that README.md and docs/ show. */
@NullMarked
package dev.cria.examples.guides;

import org.jspecify.annotations.NullMarked;
