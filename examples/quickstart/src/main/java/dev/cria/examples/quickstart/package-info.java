/** The quick start. */
@NullMarked
package dev.cria.examples.quickstart;

import org.jspecify.annotations.NullMarked;
