# The operator's image: one bundle on Node 24, run by a user without rights; its root file system may be read-only.
FROM node:24-trixie-slim AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json ./
COPY scripts scripts
COPY src src
COPY visualizations visualizations
RUN npm run build

FROM node:24-trixie-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /src/dist/ ./
USER 65532:65532
# The young generation would take 48 MiB for an instant of haste, and keep them.
ENTRYPOINT ["node", "--max-semi-space-size=4", "/app/operator.js"]
