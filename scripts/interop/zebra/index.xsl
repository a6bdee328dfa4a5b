<?xml version="1.0" encoding="UTF-8"?>
<!-- The searches that Koha documents for MARC 21: author, title, ISSN, control number, and any of them. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"
    xmlns:z="http://indexdata.com/zebra-2.0" xmlns:m="http://www.loc.gov/MARC21/slim" exclude-result-prefixes="m">
  <xsl:template match="m:record">
    <z:record type="update">
      <xsl:attribute name="z:id"><xsl:value-of select="m:controlfield[@tag='001']"/></xsl:attribute>
      <z:index name="Local-number:w"><xsl:value-of select="m:controlfield[@tag='001']"/></z:index>
      <xsl:apply-templates select="m:datafield"/>
    </z:record>
  </xsl:template>
  <!-- 880 is indexed as the field that it stands for. -->
  <xsl:template match="m:datafield">
    <xsl:variable name="tag">
      <xsl:choose>
        <xsl:when test="@tag = '880'"><xsl:value-of select="substring(m:subfield[@code='6'], 1, 3)"/></xsl:when>
        <xsl:otherwise><xsl:value-of select="@tag"/></xsl:otherwise>
      </xsl:choose>
    </xsl:variable>
    <z:index name="Any:w"><xsl:for-each select="m:subfield[@code != '6']"><xsl:value-of select="."/><xsl:text> </xsl:text></xsl:for-each></z:index>
    <xsl:if test="$tag = '100' or $tag = '700' or $tag = '710' or $tag = '720'">
      <z:index name="Author:w"><xsl:value-of select="m:subfield[@code='a']"/></z:index>
    </xsl:if>
    <xsl:if test="$tag = '245' or $tag = '246'">
      <z:index name="Title:w"><xsl:for-each select="m:subfield[@code='a' or @code='b']"><xsl:value-of select="."/><xsl:text> </xsl:text></xsl:for-each></z:index>
    </xsl:if>
    <xsl:if test="$tag = '773'">
      <xsl:for-each select="m:subfield[@code='x']"><z:index name="ISSN:w"><xsl:value-of select="."/></z:index></xsl:for-each>
    </xsl:if>
  </xsl:template>
</xsl:stylesheet>
