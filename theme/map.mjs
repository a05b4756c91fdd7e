// The outlines of the states as SVG paths, simplified until nobody sees the difference at 975 pixels: 17 kB instead
// of 37. The territories are not in this projection; their list stands beside the map, as that of the states does.

import { readFileSync } from "node:fs";
import { feature } from "topojson-client";
import { presimplify, simplify } from "topojson-simplify";

// Square pixels that a corner of an outline must enclose to stay. At 6, the District of Columbia is gone.
const SMALLEST = 2;

export function stateMap() {
  const atlas = JSON.parse(readFileSync("node_modules/us-atlas/states-albers-10m.json", "utf8"));
  const { features } = feature(simplify(presimplify(atlas), SMALLEST), "states");
  const paths = features.map(({ properties, geometry }) => [properties.name, outline(geometry)]);
  return { viewBox: "0 0 975 610", paths: Object.fromEntries(paths.sort(([a], [b]) => (a < b ? -1 : 1))) };
}

function outline({ type, coordinates }) {
  const polygons = type === "Polygon" ? [coordinates] : coordinates;
  return polygons.flat().map(ring).join("");
}

// Steps from corner to corner in whole pixels; a ring that shrank to a line is left out.
function ring(points) {
  const corners = points.map((point) => point.map(Math.round));
  const [[x, y], ...rest] = corners;
  let [fromX, fromY] = [x, y];
  let steps = "";
  for (const [toX, toY] of rest.slice(0, -1)) {
    if (toX !== fromX || toY !== fromY) steps += `${toX - fromX},${toY - fromY} `;
    [fromX, fromY] = [toX, toY];
  }
  return steps.trim().includes(" ") ? `M${x},${y}l${steps.trim()}z` : "";
}
