/** What tests compare with: golden data. */
@NullMarked
package dev.cria.golden;

import org.jspecify.annotations.NullMarked;
